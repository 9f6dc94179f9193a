import { expect, it } from 'vitest'
import { readEvent, tellEvent } from '../../cli/event-words.ts'
import { RUN } from '../../master/openapi/examples.ts'

it('an event is read from its stream and told in words', () => {
  const run = { ...RUN, state: 'failed', error: { code: 'UPSTREAM_FAILED', message: 'no route to host' } }
  const data = JSON.stringify({ id: RUN.id, key: 'k', run })
  const event = readEvent(`id: 7\nevent: run.changed\ndata: ${data}`)
  expect(event).not.toBeNull()
  expect(event && tellEvent(event)).toBe(`${RUN.id}: failed: no route to host`)
  expect(tellEvent({ name: 'slave.down', data: { slave_id: 's:7000' } })).toBe('slave s:7000 is down')
})

it('what is no event, or needs no line, is nothing', () => {
  expect(readEvent(': ping')).toBeNull()
  expect(readEvent('event: run.changed\ndata: {')).toBeNull()
  expect(tellEvent({ name: 'run.progress', data: {} })).toBeNull()
})
