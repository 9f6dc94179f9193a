import type { Command } from 'commander'
import { Value } from 'typebox/value'
import { describe, expect, it } from 'vitest'
import { kindOf } from '../../../cli/completion/kinds.ts'
import { findPlace, readGlobals } from '../../../cli/completion/place.ts'
import { createProgram } from '../../../cli/program.ts'
import { STAGE_NAMES } from '../../../shared/schemas/choices.ts'
import { ProjectStages } from '../../../shared/schemas/project-parts.ts'

const program = createProgram('1')

/** What may stand at the end of a line: what it is, and its kind. */
const at = (line: string) => {
  const words = line.split(' ').slice(1)
  const place = findPlace(program, words.slice(0, -1), words.at(-1) ?? '')
  return 'of' in place ? kindOf(place) : place.what
}

const leaves = (command: Command): Command[] =>
  command.commands.length === 0 ? [command] : command.commands.flatMap(leaves)

describe('the place on a command line', () => {
  it.each([
    ['mirrorfleet ', 'command'],
    ['mirrorfleet project ', 'command'],
    ['mirrorfleet --context prod project ', 'command'],
    ['mirrorfleet --context=prod project show ', 'project'],
    ['mirrorfleet --json project -', 'option'],
    ['mirrorfleet --con', 'option'],
    ['mirrorfleet --context ', 'context'],
    ['mirrorfleet project show fedora ', 'nothing'],
    ['mirrorfleet project show --json ', 'project'],
    ['mirrorfleet project rollback fedora ', 'generation'],
    ['mirrorfleet project update --priority -10 ', 'project'],
    ['mirrorfleet project update fedora --priority ', 'free'],
    ['mirrorfleet sync project ', 'nothing'],
    ['mirrorfleet slave add a --upstream ', 'slave'],
    ['mirrorfleet sync a --upstream ', 'free'],
    ['mirrorfleet sync a --upstream=', 'free'],
    ['mirrorfleet sync a --wait=', 'nothing'],
    ['mirrorfleet token create --sync a b ', 'project'],
    ['mirrorfleet token create --sync a --l', 'option'],
    ['mirrorfleet master assign main a b ', 'project'],
    ['mirrorfleet master assign --from ', 'master'],
    ['mirrorfleet log -f ', 'run'],
    ['mirrorfleet log -- ', 'run'],
    ['mirrorfleet apply ', 'file'],
    ['mirrorfleet import crontab ', 'file'],
    ['mirrorfleet project show -- -', 'project'],
  ])('is found in "%s"', (line, expected) => {
    expect(at(line)).toBe(expected)
  })

  it('has the choices of an option', () => {
    expect(at('mirrorfleet project add x --publish ')).toEqual(['in_place', 'atomic'])
    expect(at('mirrorfleet user update alice --role=')).toEqual(['root', 'upstreamuser', 'viewer'])
    expect(at('mirrorfleet completion ')).toEqual(['bash', 'zsh', 'fish'])
    for (const name of STAGE_NAMES) expect(Value.Check(ProjectStages, name)).toBe(true)
  })

  it('knows every argument of every command', () => {
    const unknown = leaves(program).flatMap((command) =>
      command.registeredArguments.flatMap((of, index) =>
        kindOf({ what: 'argument', command, of, index, given: [] }) === undefined
          ? [`${command.name()} ${of.name()}`]
          : [],
      ),
    )
    expect(unknown).toEqual([])
  })

  it('tells which master and user a command names', () => {
    const words = ['--url', 'http://a:1', 'project', 'show', '--context=prod', '--json']
    expect(readGlobals(program, words)).toEqual({ url: 'http://a:1', context: 'prod' })
  })
})
