// Writes the manual pages: that of the command line from its commands, those of the services from the table of settings.

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Command } from 'commander'
import { EXIT, EXIT_MEANINGS } from '../cli/exit.ts'
import { createProgram } from '../cli/program.ts'
import { MASTER_PROGRAM } from '../master/program.ts'
import type { Settings } from '../settings.ts'
import type { NodeProgram } from '../shared/node/arguments.ts'
import { readVersion } from '../shared/node/version.ts'
import { SLAVE_PROGRAM } from '../slave/program.ts'

const repository = fileURLToPath(new URL('..', import.meta.url))

/** The pages by file name (man(7)). */
export function writePages(): Record<string, string> {
  const program = createProgram(readVersion())
  return {
    'mirrorfleet.1': page('mirrorfleet', 1, program.description(), cliBody(program)),
    ...Object.fromEntries(
      [MASTER_PROGRAM, SLAVE_PROGRAM].map((one) => [
        `${one.name}.8`,
        page(one.name, 8, one.description, serviceBody(one)),
      ]),
    ),
  }
}

function page(name: string, section: number, does: string, body: string): string {
  const head = `.TH ${name.toUpperCase()} ${section} "" "Mirrorfleet ${readVersion()}" "Mirrorfleet"`
  return `${head}\n.SH NAME\n${roff(name)} \\- ${roff(does)}\n${body}`
}

function cliBody(program: Command): string {
  const lines = [
    '.SH SYNOPSIS',
    '.B mirrorfleet',
    '[\\fIoptions\\fR] \\fIcommand\\fR',
    '.SH OPTIONS',
    ...optionLines(program),
  ]
  lines.push('.SH COMMANDS')
  for (const command of program.commands) {
    const inner = command.commands.length > 0 ? command.commands : [command]
    for (const one of inner) {
      const words = one === command ? command.name() : `${command.name()} ${one.name()}`
      lines.push(
        '.TP',
        `.B ${roff(`${words} ${one.usage().replace('[options] ', '')}`.trim())}`,
        roff(one.description()),
      )
      if (one.options.length > 0) lines.push('.RS', ...optionLines(one), '.RE')
    }
  }
  const exits = (Object.keys(EXIT) as (keyof typeof EXIT)[]).map((name) => `${EXIT[name]} ${EXIT_MEANINGS[name]}`)
  lines.push(
    '.SH EXIT STATUS',
    `${exits.join(', ')}.`,
    '.SH ENVIRONMENT',
    'MIRRORFLEET_URL, MIRRORFLEET_TOKEN, MIRRORFLEET_USER, MIRRORFLEET_PASSWORD, MIRRORFLEET_UPSTREAM_PASSWORD, MIRRORFLEET_NEW_PASSWORD.',
    '.SH SEE ALSO',
    '.BR mirrorfleet-master (8),',
    '.BR mirrorfleet-slave (8)',
  )
  return `${lines.join('\n')}\n`
}

function optionLines(command: Command): string[] {
  return command.options.flatMap(({ flags, description, argChoices }) => {
    const choices = argChoices === undefined ? '' : ` (${argChoices.join(', ')})`
    return ['.TP', `.B ${roff(flags)}`, roff(`${description}${choices}`)]
  })
}

/** The settings come from the table in docs/settings.md. */
function serviceBody({ name, commands }: NodeProgram<Settings>): string {
  const table = readFileSync(path.join(repository, 'docs', 'settings.md'), 'utf8')
  const rows = [...table.matchAll(/^\| (`[A-Z][^|]*) \| ([^|]*) \| ([^|]*) \|$/gm)]
  const settings = rows.flatMap(([, names = '', fallback = '', meaning = '']) => [
    '.TP',
    `.B ${roff(names.replaceAll('`', '').trim())}`,
    roff(
      [meaning.trim().replaceAll('`', ''), fallback.trim() === '' ? '' : `Default: ${fallback.trim()}.`]
        .filter(Boolean)
        .join('. '),
    ),
  ])
  const lines = [
    '.SH SYNOPSIS',
    `.B ${name}`,
    '[\\fB\\-\\-help\\fR | \\fB\\-\\-version\\fR]',
    ...commands.flatMap((one) => ['.br', `.B ${roff([name, one.name, ...one.parameters].join(' '))}`]),
    '.SH DESCRIPTION',
    'Runs in the foreground, writes JSON lines to standard error, and stops cleanly on SIGTERM, SIGINT or SIGHUP with exit code 0.',
    'Settings come from the environment, or from a file .env in the working directory. Both services may use the same file.',
    ...(commands.length === 0 ? [] : ['.SH COMMANDS']),
    ...commands.flatMap((one) => ['.TP', `.B ${roff([one.name, ...one.parameters].join(' '))}`, roff(one.description)]),
    '.SH EXIT STATUS',
    '0 after a clean stop, 1 on a failure, 2 for arguments that it does not know.',
    '.SH ENVIRONMENT',
    ...settings,
    '.SH SEE ALSO',
    '.BR mirrorfleet (1)',
  ]
  return `${lines.join('\n')}\n`
}

/** Escapes what is special in man(7): backslashes, hyphens, and a leading dot or quote. */
function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replace(/^([.'])/, '\\&$1')
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = path.join(repository, 'docs', 'man')
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of Object.entries(writePages())) writeFileSync(path.join(folder, name), text)
}
