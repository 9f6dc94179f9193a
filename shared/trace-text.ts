// The trace files of a project as one word, for the command line and the dashboard: `debian`, `timestamp`, `timestamp:FILE`. Pure.

import type { Trace } from './schemas/project-additions.ts'

/** What is no such word is sent as it is, so that the master says what is wrong with it. Null for `none`, or nothing. */
export function readTrace(text: string): Trace | null {
  const [style = '', ...file] = text.trim().split(':')
  if (style === '' || style === 'none') return null
  return { style: style as Trace['style'], ...(file.length === 0 ? {} : { file: file.join(':') }) }
}

export function showTrace(trace: Trace | null | undefined): string {
  if (!trace) return ''
  return trace.file === undefined ? trace.style : `${trace.style}:${trace.file}`
}
