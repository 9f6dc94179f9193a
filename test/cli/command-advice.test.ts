import { expect, it } from 'vitest'
import { withCommandAdvice } from '../../cli/command-advice.ts'
import { createProgram } from '../../cli/program.ts'

it.each([
  ['project rm fedora', 'rm', "error: unknown command 'rm'. Did you mean `mirrorfleet project remove`?\n"],
  ['slave delete a', 'delete', "error: unknown command 'delete'. Did you mean `mirrorfleet slave remove`?\n"],
  ['rollback fedora', 'rollback', "error: unknown command 'rollback'. Did you mean `mirrorfleet project rollback`?\n"],
  ['start fedora', 'start', "error: unknown command 'start'. Did you mean `mirrorfleet sync`?\n"],
  ['zzz', 'zzz', "error: unknown command 'zzz'\n"],
])('“%s” is answered by what was meant', (line, word, said) => {
  expect(withCommandAdvice(`error: unknown command '${word}'\n`, createProgram('1'), line.split(' '))).toBe(said)
})

it('leaves other errors as they are', () => {
  const said = "error: unknown command 'statu'\n(Did you mean status?)\n"
  expect(withCommandAdvice(said, createProgram('1'), ['statu'])).toBe(said)
})
