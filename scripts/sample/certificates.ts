// A certificate authority of our own and a certificate for localhost, as an operator would make them with openssl.

import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** Paths of PEM files. */
export interface Certificates {
  ca: string
  cert: string
  key: string
}

export function makeCertificates(folder: string): Certificates {
  mkdirSync(folder, { recursive: true })
  const at = (name: string) => path.join(folder, name)
  const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' })
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes']
  openssl(
    'req',
    '-x509',
    ...newKey,
    '-keyout',
    at('ca.key'),
    '-out',
    at('ca.pem'),
    '-days',
    '2',
    '-subj',
    '/CN=Sample CA',
  )
  openssl('req', ...newKey, '-keyout', at('node.key'), '-out', at('node.csr'), '-subj', '/CN=localhost')
  writeFileSync(at('node.ext'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n')
  openssl(
    'x509',
    '-req',
    '-in',
    at('node.csr'),
    '-CA',
    at('ca.pem'),
    '-CAkey',
    at('ca.key'),
    '-CAcreateserial',
    '-out',
    at('node.pem'),
    '-days',
    '2',
    '-extfile',
    at('node.ext'),
  )
  return { ca: at('ca.pem'), cert: at('node.pem'), key: at('node.key') }
}
