// Checks signatures by gpgv, and hands out only text that is signed.

import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import type { ChildRegistry } from '../../../shared/process/child-registry.ts'
import { decodeLine, runCommand } from '../../../shared/process/run.ts'
import { judgeSignature } from './signature-status.ts'

export interface SignaturesDeps {
  children: ChildRegistry
  home: string
  signal: AbortSignal
  /** Where the signed text is written. */
  workFolder: string
}

export interface Signatures {
  /** The text of a clear-signed file, and what is wrong with it; `raw` is what the file holds. */
  readSigned: (file: Buffer, raw: Buffer) => Promise<{ text: Buffer | null; fault: string | null }>
  /** What is wrong with a signature beside a file; null when nothing is. */
  check: (signature: Buffer, file: Buffer) => Promise<string | null>
}

/** Without a keyring (null) nothing is checked, and a clear-signed text is taken as it stands. */
export function createSignatures(deps: SignaturesDeps, keyring: string | null): Signatures {
  if (keyring === null) {
    return {
      readSigned: async (_file, raw) => {
        const text = signedText(raw)
        return text === null ? { text, fault: 'is cut, or not clear-signed.' } : { text, fault: null }
      },
      check: async () => null,
    }
  }
  const gpgv = async (files: readonly Buffer[], more: readonly string[]): Promise<string | null> => {
    const names = files.map((file) => file.toString('utf8'))
    if (!names.every((name, at) => files[at]?.equals(Buffer.from(name, 'utf8'))))
      return 'has a name that gpgv cannot take.'
    const lines: string[] = []
    const ended = await runCommand({
      ...deps,
      bin: 'gpgv',
      argv: ['--status-fd', '1', '--keyring', keyring, ...more, '--', ...names],
      onStdout: (line) => lines.push(decodeLine(line)),
    })
    deps.signal.throwIfAborted()
    if (ended.startError !== null) return 'could not be checked: gpgv cannot be started; install it.'
    return judgeSignature(lines)
  }
  return {
    readSigned: async (file) => {
      await mkdir(deps.workFolder, { recursive: true, mode: 0o700 })
      const output = path.join(deps.workFolder, `signed-${randomBytes(6).toString('hex')}`)
      try {
        const fault = await gpgv([file], ['--output', output])
        return fault === null ? { text: await readFile(output), fault } : { text: null, fault }
      } finally {
        await rm(output, { force: true })
      }
    },
    check: (signature, file) => gpgv([signature, file], []),
  }
}

const BEGIN = '-----BEGIN PGP SIGNED MESSAGE-----'

/** The text of a clear-signed file (RFC 9580, 7), ended by a line end; null when it has not both of its ends. */
function signedText(raw: Buffer): Buffer | null {
  const text = raw.toString('latin1')
  const start = text.startsWith(BEGIN) ? /\r?\n\r?\n/.exec(text) : null
  const end = text.search(/\r?\n-----BEGIN PGP SIGNATURE-----/)
  if (start === null || end < start.index || !text.includes('-----END PGP SIGNATURE-----')) return null
  const body = text.slice(start.index + start[0].length, end)
  return Buffer.from(`${body.replace(/^- /gm, '')}\n`, 'latin1')
}
