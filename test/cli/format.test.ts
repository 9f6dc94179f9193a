import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { refusalsOf, table } from '../../cli/format.ts'
import { SLAVE } from '../../master/openapi/examples.ts'

describe('a table', () => {
  it('is as wide as it must be, with two spaces between, and none at the end of a line', () => {
    const rows = [
      ['debian', 12],
      ['cpan', 3],
    ]
    expect(table(['Project', 'Runs'], rows, 80).split('\n')).toEqual(['Project  Runs', 'debian   12', 'cpan     3'])
  })

  it('is nothing without rows', () => {
    expect(table(['Project'], [], 80)).toBe('')
  })

  it('cuts its widest columns where the terminal is narrower, and only those', () => {
    const lines = table(['A', 'B'], [['short', 'x'.repeat(100)]], 40).split('\n')
    expect(lines[1]).toMatch(/^short {2}x+…$/)
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(40)
  })

  it('keeps to the width of the terminal, as far as ten signs for each column do', () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'b', '-'), minLength: 1, maxLength: 60 })
    const rows = fc.array(fc.tuple(cell, cell, cell), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(rows, fc.integer({ min: 1, max: 120 }), (cells, width) => {
        const lines = table(['One', 'Two', 'Three'], cells, width).split('\n')
        expect(lines).toHaveLength(cells.length + 1)
        expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(Math.max(width, 30))
      }),
    )
  })
})

describe('slaves that refuse', () => {
  it('are told with the reason, and others are not', () => {
    const refusing = { ...SLAVE, id: 'ftp2:7000', state: 'refuses' as const, reason: 'SLAVE_TOKEN differs.' }
    expect(refusalsOf([SLAVE, refusing])).toEqual(['ftp2:7000 refuses. SLAVE_TOKEN differs.'])
  })
})
