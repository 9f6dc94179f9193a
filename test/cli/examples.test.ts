import { expect, it } from 'vitest'
import { createProgram } from '../../cli/program.ts'

it('no command has an option of the program itself, which would take its value', () => {
  const program = createProgram('1')
  const taken = program.options.map(({ long }) => long)
  for (const command of program.commands)
    for (const one of [command, ...command.commands])
      for (const { long } of one.options) expect(taken, one.name()).not.toContain(long)
})

it('the help of every command has an example that its own options allow', () => {
  for (const command of createProgram('1').commands) {
    for (const one of command.commands.length > 0 ? command.commands : [command]) {
      const help: string[] = []
      one.configureOutput({ writeOut: (text) => help.push(text) }).outputHelp()
      const [, line = ''] = /Example:\n {2}(.*)$/m.exec(help.join('')) ?? []
      const words = one === command ? one.name() : `${command.name()} ${one.name()}`
      expect(`${line} `).toMatch(new RegExp(`^mirrorfleet ${words} `))
      const known = [...one.options, ...createProgram('1').options].map(({ long }) => long)
      for (const option of line.match(/--[a-z-]+/g) ?? []) expect(known, line).toContain(option)
    }
  }
})
