// Encrypts secrets that must be read again, such as upstream passwords, so that a copy of the store alone does not reveal them.

import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'

/** AES-256-GCM with one key. A sealed text is `v1.NONCE.TAG.DATA`, each part in base64url. */
export interface SecretBox {
  seal: (plain: string) => string
  /** @throws {Error} when the text was sealed with another key, or was modified. */
  open: (sealed: string) => string
}

const ALGORITHM = 'aes-256-gcm'
const VERSION = 'v1'

/** Makes a box whose key is derived (HKDF, RFC 5869) from a secret of any length. */
export function createSecretBox(secret: string): SecretBox {
  const key = Buffer.from(hkdfSync('sha256', secret, '', 'mirrorfleet store', 32))
  return {
    seal: (plain) => {
      const nonce = randomBytes(12)
      const cipher = createCipheriv(ALGORITHM, key, nonce)
      const data = Buffer.concat([cipher.update(plain, 'utf8'), cipher.final()])
      return [VERSION, ...[nonce, cipher.getAuthTag(), data].map((part) => part.toString('base64url'))].join('.')
    },
    open: (sealed) => {
      const [version, ...parts] = sealed.split('.')
      const [nonce, tag, data] = parts.map((part) => Buffer.from(part, 'base64url'))
      if (version !== VERSION || nonce === undefined || tag === undefined || data === undefined) {
        throw new Error('A stored password has a format that this version does not know; set the password again.')
      }
      try {
        const decipher = createDecipheriv(ALGORITHM, key, nonce, { authTagLength: 16 })
        decipher.setAuthTag(tag)
        return Buffer.concat([decipher.update(data), decipher.final()]).toString('utf8')
      } catch {
        throw new Error(
          'A stored password cannot be read: the key has changed. Restore STORE_KEY or DATA_DIR/secrets/store-key, or set the password again.',
        )
      }
    },
  }
}
