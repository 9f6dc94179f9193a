import { createServer } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it, onTestFinished } from 'vitest'
import { until } from '../../../scripts/sample/until.ts'
import { createSseBuffer, openSseStream, type SseStream } from '../../../shared/http/sse.ts'

describe('createSseBuffer', () => {
  it('returns the events after an id, and null for an id that it does not know (any more)', () => {
    const buffer = createSseBuffer(3)
    const ids = [1, 2, 3, 4].map((number) => buffer.add('n', number).id)
    expect(buffer.newest()).toBe(ids[3])
    expect(buffer.since(ids[2] ?? '')?.map((event) => event.data)).toEqual([4])
    expect(buffer.since(ids[0] ?? '')?.map((event) => event.data)).toEqual([2, 3, 4])
    expect(buffer.since(ids[3] ?? '')).toEqual([])
    for (const unknown of ['', 'x', 'other-2', `${ids[0]?.split('-')[0]}-0`, `${ids[0]?.split('-')[0]}-9`])
      expect(buffer.since(unknown), unknown).toBeNull()
  })
})

describe('openSseStream', () => {
  it('drops a reader that does not read, and buffers a limited amount for it', async () => {
    const streams: SseStream[] = []
    let closed = 0
    const server = createServer((_request, response) => {
      streams.push(openSseStream(response, () => closed++))
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => void server.close())
    const address = server.address()
    const socket = connect(address !== null && typeof address === 'object' ? address.port : 0, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    socket.pause()
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
    const stream = await until('the stream', () => streams[0])
    let sent = 0
    // Past what the kernel keeps for a socket; a reader that reads would take any number of these.
    while (sent < 2_000 && stream.send({ id: String(sent), name: 'event', data: 'x'.repeat(10_000) })) sent++
    expect(sent).toBeGreaterThan(50)
    expect(sent).toBeLessThan(2_000)
    await until('the end', () => closed === 1)
    expect(stream.send({ id: 'late', name: 'event', data: null })).toBe(false)
  })
})
