// Reads a private key as people paste it, with or without the ends of its lines. Pure.

import { atField, InvalidInput } from '../errors.ts'

const KEY = /^\s*-----BEGIN ((?:OPENSSH |RSA |EC )?PRIVATE KEY)-----([A-Za-z0-9+/=\s]{40,})-----END \1-----\s*$/

/** The key as ssh reads it. @throws {InvalidInput} for what is no key, or one of an old form with a passphrase. Never shows it. */
export function readSshKey(text: string): string {
  const [, kind, body = ''] = KEY.exec(text) ?? []
  if (kind === undefined)
    throw atField(
      new InvalidInput('ssh_key: is no private key without a passphrase, as ssh-keygen writes it'),
      'ssh_key',
    )
  const lines = body.replaceAll(/\s+/g, '').match(/.{1,70}/g) ?? []
  return [`-----BEGIN ${kind}-----`, ...lines, `-----END ${kind}-----`, ''].join('\n')
}
