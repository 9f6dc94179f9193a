import { execFileSync } from 'node:child_process'
import { describe, expect, it } from 'vitest'
import { writeCompletion } from '../../cli/completion.ts'
import { createProgram } from '../../cli/program.ts'

const complete = (line: string): string[] => {
  const words = line.split(' ')
  const ask = `COMP_WORDS=(${words.map((word) => JSON.stringify(word)).join(' ')}); COMP_CWORD=${words.length - 1}; _mirrorfleet; printf '%s\\n' "\${COMPREPLY[@]}"`
  const script = `${writeCompletion(createProgram('1'), 'bash')}\n${ask}`
  return execFileSync('bash', ['-c', script], { encoding: 'utf8' }).trim().split('\n')
}

describe('completion', () => {
  it('in bash offers commands, their commands and their options', () => {
    expect(complete('mirrorfleet pro')).toEqual(['project'])
    expect(complete('mirrorfleet project ro')).toEqual(['rollback'])
    expect(complete('mirrorfleet --json project add --pub')).toEqual(['--publish'])
    expect(complete('mirrorfleet sync --dr')).toEqual(['--dry-run'])
  })

  it('is there for the other shells', () => {
    expect(writeCompletion(createProgram('1'), 'zsh')).toContain('bashcompinit')
    expect(writeCompletion(createProgram('1'), 'fish')).toContain(
      "-n '__fish_seen_subcommand_from project' -a 'add list show",
    )
  })
})
