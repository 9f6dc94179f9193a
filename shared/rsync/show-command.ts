// The command line of an rsync as a run's log has it: without the filters that every run has. Pure.

import { leftoverFolders, temporaryFiles } from './leftovers.ts'

/** Such filters hide what other rsyncs have not finished, and say nothing about this run. */
export function showCommand(bin: string, argv: readonly string[]): string {
  const own = new Set([...leftoverFolders(), ...temporaryFiles()])
  const others = argv.filter((word) => !own.has(word))
  const hidden = argv.length - others.length
  const note = hidden === 0 ? '' : ` [and ${hidden} filters against unfinished files]`
  return `$ ${[bin, ...others].join(' ')}${note}`
}
