import { execFileSync } from 'node:child_process'
import path from 'node:path'
import { describe, expect, it } from 'vitest'
import { makeCertificates } from '../../scripts/sample/certificates.ts'
import { findFreePorts } from '../../scripts/sample/ports.ts'
import { startProcess } from '../../scripts/sample/process.ts'
import { programArguments } from '../../scripts/sample/program.ts'
import { until } from '../../scripts/sample/until.ts'
import { loadSettings } from '../../settings.ts'
import { createPeer } from '../../shared/http/peer.ts'
import type { Direction } from '../../shared/http/slave-log-in.ts'
import { runSaved } from '../helpers/command-line.ts'
import { temporaryFolder } from '../helpers/folder.ts'
import { logInOf } from '../helpers/slave-log-in.ts'

describe('TLS', () => {
  it('of an own authority works in both directions, and another authority is not believed', async () => {
    const root = temporaryFolder()
    const own = makeCertificates(path.join(root, 'own'))
    const other = makeCertificates(path.join(root, 'other'))
    const [masterPort, slavePort, rsyncdPort] = await findFreePorts(3)
    const env = {
      PATH: process.env.PATH,
      DATA_DIR: path.join(root, 'data'),
      SLAVE_DATA_DIR: path.join(root, 'slave'),
      SLAVE_PUBLIC_DIR: path.join(root, 'public'),
      MASTER_PORT: String(masterPort),
      SLAVE_PORT: String(slavePort),
      MASTER_RSYNCD_PORT: String(rsyncdPort),
      ROOT_PASS: 'tls',
      SLAVE_TOKEN: 'token-of-the-tls-test',
      SLAVE_POLL_S: '1',
      TLS_CERT: own.cert,
      TLS_KEY: own.key,
      TLS_CA: own.ca,
    }
    const start = (name: 'master' | 'slave') => startProcess(process.execPath, programArguments(name), env)
    const nodes = [start('master'), start('slave')]
    try {
      const curl = (port: number | undefined, route: string, ca: string, ...more: string[]) =>
        execFileSync('node', ['-e', CURL, `https://localhost:${port}${route}`, ...more], {
          env: { PATH: process.env.PATH, NODE_EXTRA_CA_CERTS: ca },
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'pipe'],
        })
      await until('both nodes', () => {
        try {
          return (
            curl(masterPort, '/readyz', own.ca).includes('ready') && curl(slavePort, '/healthz', own.ca).includes('ok')
          )
        } catch {
          return false
        }
      })
      // The master verifies the slave.
      expect(
        curl(masterPort, '/add_slave/', own.ca, JSON.stringify({ hostname: 'localhost', port: slavePort })),
      ).toContain('"reachable":true')
      const settings = { ALLOW_PLAINTEXT: false }
      const right = createPeer({ ...settings, TLS_CA: own.ca })
      const wrong = createPeer({ ...settings, TLS_CA: other.ca })
      const logIn = (direction: Direction) => logInOf(env.SLAVE_TOKEN, `localhost:${slavePort}`, direction)
      const ask = { url: `https://localhost:${slavePort}/jobs/`, headers: logIn('to-slave'), timeoutMs: 60_000 }
      expect((await right.json(ask)).status).toBe(200)
      await expect(wrong.json(ask)).rejects.toThrow(/cannot be reached/)
      // The slave verifies the master: its report of a run that nobody knows is answered, over TLS.
      const progress = { url: `https://localhost:${masterPort}/slave_progress/`, body: {}, headers: logIn('to-master') }
      expect((await right.json({ ...ask, ...progress })).status).toBe(400)
      // Who writes http by habit is told what the master speaks.
      const cli = await runSaved(['status'], {
        HOME: root,
        MIRRORFLEET_URL: `http://localhost:${masterPort}`,
        MIRRORFLEET_USER: 'root',
        MIRRORFLEET_PASSWORD: 'tls',
      })
      expect(cli).toMatchObject({
        code: 4,
        stderr: `http://localhost:${masterPort} ended the connection without an answer. If the master has TLS, use https://localhost:${masterPort}.\n`,
      })
      await Promise.all([right.close(), wrong.close()])
    } finally {
      for (const node of nodes) await node.stop()
    }
  })

  it('is wanted beyond loopback', async () => {
    const env = { MASTER_BIND: '0.0.0.0', SLAVE_TOKEN: '12345678', MASTER_RSYNCD_PASSWORD: '12345678' }
    expect(() => loadSettings(env, temporaryFolder())).toThrow(/TLS_CERT.*ALLOW_PLAINTEXT=true/)
    expect(loadSettings({ ...env, ALLOW_PLAINTEXT: 'true' }, temporaryFolder()).ALLOW_PLAINTEXT).toBe(true)
    const peer = createPeer({ ALLOW_PLAINTEXT: false })
    await expect(peer.json({ url: 'http://mirror.example.org:7000/jobs/', timeoutMs: 1_000 })).rejects.toThrow(
      /plain HTTP would expose the log-in/,
    )
    await peer.close()
  })
})

/** A request with a body when one is given, as root. */
const CURL = `const [url, body] = process.argv.slice(1)
const headers = { authorization: 'Basic ' + Buffer.from('root:tls').toString('base64'), 'content-type': 'application/json' }
fetch(url, body ? { method: 'POST', headers, body } : { headers }).then((r) => r.text()).then(console.log, (e) => { console.error(e.cause ?? e); process.exit(1) })`
