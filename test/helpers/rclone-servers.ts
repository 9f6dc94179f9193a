// Servers that rclone reads from: its own for WebDAV and sftp, pyftpdlib's for ftp, and a small one that speaks S3 over a folder.

import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import path from 'node:path'
import { onTestFinished } from 'vitest'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { startProcess } from '../../scripts/sample/process.ts'
import { until } from '../../scripts/sample/until.ts'
import { ofParts } from '../../shared/rclone-parts.ts'
import type { RcloneKind } from '../../shared/schemas/rclone-source.ts'
import { temporaryFolder } from './folder.ts'
import { startNginx } from './nginx.ts'

export const PASSWORD = 'hush hush, a word'

/** Serves a folder until the test ends; returns the source that reads it, with its secrets in it. */
export type StartServer = (folder: string) => Promise<RcloneKind>

/** A program that is ready when it says so, or when it answers. */
async function start(bin: string, args: string[], isReady: (output: string) => boolean, home = temporaryFolder()) {
  const server = startProcess(bin, args, { PATH: process.env.PATH, HOME: home })
  onTestFinished(async () => {
    await server.stop()
  })
  await until(bin, () => isReady(server.output()))
}

export const startPages: StartServer = async (folder) =>
  ofParts({ remote: 'http', url: (await startNginx(folder)).url })

export const startWebdav: StartServer = async (folder) => {
  const [port = 0] = await findFreePorts(1)
  const words = ['--addr', `127.0.0.1:${port}`, '--user', 'me', '--pass', PASSWORD, '--dir-cache-time', '0']
  await start('rclone', ['serve', 'webdav', ...words, folder], (output) => output.includes('Server started'))
  const url = `http://127.0.0.1:${port}`
  return ofParts({ remote: 'webdav', url, user: 'me', secrets: { pass: PASSWORD } })
}

/** `publicKey` as authorized_keys has it (sshd(8)): the server takes it in place of the password. */
export const startSftp = async (folder: string, publicKey?: string): Promise<RcloneKind> => {
  const [port = 0] = await findFreePorts(1)
  const home = temporaryFolder()
  const authorized = path.join(home, 'authorized_keys')
  writeFileSync(authorized, publicKey ?? '')
  const login = publicKey === undefined ? ['--user', 'me', '--pass', PASSWORD] : ['--authorized-keys', authorized]
  const words = ['--addr', `127.0.0.1:${port}`, ...login, '--dir-cache-time', '0']
  await start('rclone', ['serve', 'sftp', ...words, folder], (output) => output.includes('listening'), home)
  const keys = path.join(home, '.cache/rclone/serve-sftp')
  const known_hosts = readdirSync(keys)
    .filter((name) => name.endsWith('.pub'))
    .map((name) => readFileSync(path.join(keys, name), 'utf8').trim().split(' ').slice(0, 2).join(' '))
  return ofParts({
    remote: 'sftp',
    host: '127.0.0.1',
    port,
    user: 'me',
    known_hosts,
    secrets: { pass: PASSWORD },
  })
}

const PYTHON = '/usr/bin/python3'
export const hasFtp = spawnSync(PYTHON, ['-c', 'import pyftpdlib']).status === 0

export const startFtp: StartServer = async (folder) => {
  const [port = 0] = await findFreePorts(1)
  const words = ['-m', 'pyftpdlib', '-i', '127.0.0.1', '-p', String(port), '-d', folder]
  await start(PYTHON, words, (output) => output.includes('starting FTP server'))
  return ofParts({ remote: 'ftp', host: '127.0.0.1', port })
}

export interface Bucket {
  source: RcloneKind
  /** Keys that are listed besides the files, with two bytes each. */
  more: string[]
  /** Answers a request for a key in another way, by its method; null for the usual one. */
  refuse: (key: string, method: string) => number | null
  asked: string[]
}

/** The bucket `mirror`. Of the protocol, what a reader needs: the list in one page, and objects. Sums are those of the content. */
export async function startBucket(folder: string): Promise<Bucket> {
  const bucket: Bucket = {
    source: ofParts({
      remote: 's3',
      path: 'mirror',
      access_key_id: 'AK',
      secrets: { secret_access_key: PASSWORD },
    }),
    more: [],
    refuse: () => null,
    asked: [],
  }
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    const { pathname } = new URL(url, 'http://localhost')
    const key = decodeURIComponent(pathname.replace(/^\/mirror\/?/, ''))
    bucket.asked.push(`${method} ${key}`)
    const status = headers.authorization?.includes('Credential=AK/') ? bucket.refuse(key, method) : 403
    if (status !== null) return void response.writeHead(status).end()
    if (key === '') return void response.setHeader('content-type', 'application/xml').end(listXml(folder, bucket.more))
    const file = path.join(folder, key)
    const found = bucket.more.includes(key) ? null : statSync(file, { throwIfNoEntry: false })
    if (!found?.isFile()) return void response.writeHead(404).end()
    const body = readFileSync(file)
    response.setHeader('last-modified', found.mtime.toUTCString())
    response.setHeader('etag', `"${md5(body)}"`)
    response.setHeader('content-length', body.length)
    response.end(method === 'HEAD' ? undefined : body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const { port } = server.address() as AddressInfo
  bucket.source.remote.endpoint = `http://127.0.0.1:${port}`
  return bucket
}

export const startS3: StartServer = async (folder) => (await startBucket(folder)).source

const md5 = (bytes: string | Buffer) => createHash('md5').update(bytes).digest('hex')

function listXml(folder: string, more: readonly string[]): string {
  const entry = (key: string, time: Date, sum: string, size: number) =>
    `<Contents><Key>${key.replaceAll('&', '&amp;')}</Key><LastModified>${time.toISOString()}</LastModified><ETag>&quot;${sum}&quot;</ETag><Size>${size}</Size></Contents>`
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const files = names.filter((name) => statSync(path.join(folder, name)).isFile()).sort()
  const entries = [
    ...files.map((name) => {
      const file = path.join(folder, name)
      return entry(name, statSync(file).mtime, md5(readFileSync(file)), statSync(file).size)
    }),
    ...more.map((key) => entry(key, new Date(1_700_000_000_000), md5('x\n'), 2)),
  ]
  return `<?xml version="1.0"?><ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Name>mirror</Name><Prefix></Prefix><MaxKeys>1000</MaxKeys><IsTruncated>false</IsTruncated>${entries.join('')}</ListBucketResult>`
}
