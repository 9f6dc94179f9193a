import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { describe, expect, it, onTestFinished } from 'vitest'
import { createChannels } from '../../../../master/outlets/notify/channels/channels.ts'
import { createNotifier } from '../../../../master/outlets/notify/notifier.ts'
import { viewProject } from '../../../../master/records/project-view.ts'
import { newRun, plainRequest } from '../../../../master/records/run.ts'
import { until } from '../../../../scripts/sample/until.ts'
import type { Run } from '../../../../shared/schemas/run.ts'
import { startTestMaster } from '../../../helpers/master.ts'

const NOTHING = { MAIL_FROM: '', MAIL_TO: '', NOTIFY_URLS: '' }
const MAIL = { MAIL_FROM: 'mirror@example.org', MAIL_TO: 'a@example.org, b@example.org' }

/** A mail server that keeps what it is sent, and knows one password. */
const startMailServer = async () => {
  const mails: { to: string[]; text: string }[] = []
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    allowInsecureAuth: true,
    onAuth: ({ password }, _session, done) =>
      password === 'right' ? done(null, { user: 'me' }) : done(new Error('no such password')),
    onData: (stream, session, done) => {
      let text = ''
      stream.on('data', (chunk) => {
        text += chunk
      })
      stream.on('end', () => {
        mails.push({ to: session.envelope.rcptTo.map(({ address }) => address), text })
        done()
      })
    },
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => new Promise<void>((resolve) => server.close(resolve)))
  const { port } = server.server.address() as AddressInfo
  return { url: (password: string) => `smtp://me:${password}@127.0.0.1:${port}`, mails }
}

interface Received {
  method: string | undefined
  url: string | undefined
  headers: IncomingMessage['headers']
  body: Record<string, string>
}

/** A chat service that answers with `status`. */
const startChat = async (status = 200) => {
  const received: Received[] = []
  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      const { method, url, headers } = request
      received.push({ method, url, headers, body: JSON.parse(text) })
      response.writeHead(status, { location: '/elsewhere' }).end()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  return { host: `127.0.0.1:${(server.address() as AddressInfo).port}`, received }
}

const start = async (settings: Parameters<typeof createChannels>[0]) => {
  const master = await startTestMaster()
  const { store, events } = master.context
  const upstream = { rsync_host: 'rsync.example.org', rsync_module: 'm', dest: `${master.folder}/mirror` }
  for (const project of ['p', 'q']) await master.ask('/add_project/', { project, ...upstream })
  const warnings: string[] = []
  const notifier = createNotifier({
    store,
    events,
    channels: createChannels(settings),
    site: 'Mirrorfleet test',
    gatherMs: 100,
    pauseMs: 1,
    retryMs: 1,
    onWarning: (message, details) => warnings.push(`${message} ${JSON.stringify(details)}`),
  })
  await notifier.start()
  onTestFinished(notifier.stop)
  const tell = async (id: string, state: Run['state']) => {
    const project = await store.findProject(id)
    if (project === null) throw new Error('no project')
    const { key } = project
    const made = newRun(`${key}-1`, project, plainRequest('schedule'), new Date().toISOString(), 'main')
    const error = state === 'succeeded' ? null : { code: 'UPSTREAM_FAILED', message: 'connection refused' }
    events.publish('run.changed', { id, key, run: { ...made, state, error } })
  }
  return { notifier, events, store, tell, warnings }
}

describe('people', () => {
  it('are told once what went wrong, by mail, and that it is well again', async () => {
    const { url, mails } = await startMailServer()
    const { tell } = await start({ ...NOTHING, ...MAIL, SMTP_URL: url('right') })
    await tell('p', 'failed')
    await until('a mail', () => mails.length > 0)
    expect(mails[0]?.to).toEqual(['a@example.org', 'b@example.org'])
    expect(mails[0]?.text).toContain('Subject: Mirrorfleet test: p: failed')
    expect(mails[0]?.text).toContain('connection refused')
    await tell('p', 'failed')
    await tell('p', 'succeeded')
    await until('the next mail', () => mails.length > 1)
    expect(mails[1]?.text).toContain('p: recovered')
    expect(mails[1]?.text).not.toContain('failed')
  })

  it('are told before apt refuses a repository, and that it has a new Release', async () => {
    const { url, mails } = await startMailServer()
    const { events, store } = await start({ ...NOTHING, ...MAIL, SMTP_URL: url('right') })
    const project = await store.findProject('p')
    if (project === null) throw new Error('no project')
    const { key } = project
    const told = (valid_until: string) =>
      events.publish('project.changed', { id: 'p', key, project: { ...viewProject(project), valid_until } })
    events.publish('project.expiring', { id: 'p', key, valid_until: '2026-12-01T00:00:00.000Z' })
    await until('a mail', () => mails.length > 0)
    expect(mails[0]?.text).toContain('p: expiring')
    expect(mails[0]?.text.replaceAll(/=\r?\n/g, '')).toContain('valid until 2026-12-01T00:00:00.000Z; apt refuses it')
    told('2026-12-01T00:00:00.000Z')
    told('2026-12-08T00:00:00.000Z')
    await until('the next mail', () => mails.length > 1)
    expect(mails[1]?.text).toContain('p: recovered')
  })

  it('are told in each chat by its own form', async () => {
    const { host, received } = await startChat()
    const NOTIFY_URLS = [
      `slack+http://${host}/services/key`,
      `matrix+http://secret-token@${host}/!room:example.org`,
      `ntfy+http://${host}/mirrors`,
    ].join(' ')
    const { events } = await start({ ...NOTHING, NOTIFY_URLS })
    events.publish('slave.down', { slave_id: '<!channel>' })
    await until('three messages', () => received.length === 3)
    const by = (field: string) => received.find(({ body }) => field in body)
    expect(by('msgtype')).toMatchObject({ method: 'PUT', headers: { authorization: 'Bearer secret-token' } })
    expect(by('msgtype')?.url).toMatch(/^\/_matrix\/client\/v3\/rooms\/!room%3Aexample\.org\/send\/m\.room\.message\//)
    expect(by('topic')).toMatchObject({ method: 'POST', url: '/', body: { topic: 'mirrors' } })
    const slack = received.find(({ url }) => url === '/services/key')
    expect(slack?.body.text).toContain('&lt;!channel&gt;: slave down')
  })

  it('can be tried, and a refusal shows no secret', async () => {
    const { url } = await startMailServer()
    const { host } = await startChat(302)
    const settings = { ...MAIL, SMTP_URL: url('wrong-secret'), NOTIFY_URLS: `ntfy+http://hidden@${host}/topic` }
    const { notifier, warnings } = await start(settings)
    const told = await notifier.test()
    expect(told).toEqual([
      { channel: expect.stringMatching(/^mail by 127/), error: expect.stringContaining('refused the user') },
      { channel: `ntfy at ${host}`, error: 'it answered with status 302' },
    ])
    expect(JSON.stringify([told, warnings])).not.toMatch(/wrong-secret|hidden/)
  })
})

it('the route says when nobody is to be told', async () => {
  const master = await startTestMaster()
  const answer = await master.ask('/notify_test/', {})
  expect(answer).toMatchObject({ status: 409, body: { error: { code: 'NOBODY_TO_TELL' } } })
})
