// Splits content into lines as it comes, with bounded memory.

/** What is beyond this of a line, in bytes, is dropped. Dependencies of real packages take up to some ten kilobytes. */
const LONGEST_LINE = 1024 * 1024

/** The lines of some content without their ends, one character a byte, in batches of one chunk each. */
export async function* linesOf(content: AsyncIterable<Buffer>): AsyncGenerator<string[]> {
  let rest = ''
  for await (const chunk of content) {
    const lines = (rest + chunk.toString('latin1')).split('\n')
    rest = (lines.pop() ?? '').slice(0, LONGEST_LINE)
    yield lines
  }
  if (rest !== '') yield [rest]
}

/** The lines of a small file. */
export function allLines(text: Buffer): string[] {
  return text.toString('latin1').split(/\r?\n/)
}
