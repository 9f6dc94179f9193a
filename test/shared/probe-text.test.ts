import { describe, expect, it } from 'vitest'
import { readProbe, showProbe } from '../../shared/probe-text.ts'

describe('a probe as text', () => {
  it.each([
    ['', null],
    [' none ', null],
    ['project/trace/master', { file: 'project/trace/master' }],
    ['https://example.org/lastupdate', { url: 'https://example.org/lastupdate' }],
    ['ftp://example.org/lastupdate', { url: 'ftp://example.org/lastupdate' }],
  ])('%j is read as %j, and shown so', (text, probe) => {
    expect(readProbe(text)).toEqual(probe)
    expect(readProbe(showProbe(probe))).toEqual(probe)
  })
})
