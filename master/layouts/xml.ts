// Reads XML as it comes: elements with their attributes and text, with bounded memory. Entities of a document's own are not known.

import { StringDecoder } from 'node:string_decoder'
import { SaxesParser } from 'saxes'

/** Text of one element beyond this is dropped: what is read here are sums, sizes and times. */
const LONGEST_TEXT = 4_096

export interface XmlReader {
  onOpen: (name: string, attributes: Readonly<Record<string, string>>) => void
  /** `text` is that of the element itself, up to its end. */
  onClose: (name: string, text: string) => void
}

/** Reads a document; `take` collects what the reader has found since the last chunk. @throws {Error} when it is not well formed, or cut. */
export async function* readXml<T>(content: AsyncIterable<Buffer>, reader: XmlReader, take: () => T): AsyncGenerator<T> {
  const parser = new SaxesParser<{ xmlns: false; position: false }>({ xmlns: false, position: false })
  const decoder = new StringDecoder('utf8')
  let text = ''
  parser.on('error', (error) => {
    throw error
  })
  parser.on('opentag', ({ name, attributes }) => {
    text = ''
    reader.onOpen(localName(name), attributes)
  })
  parser.on('text', (more) => {
    text = (text + more).slice(0, LONGEST_TEXT)
  })
  parser.on('closetag', ({ name }) => {
    reader.onClose(localName(name), text.trim())
    text = ''
  })
  for await (const chunk of content) {
    parser.write(decoder.write(chunk))
    yield take()
  }
  parser.write(decoder.end()).close()
  yield take()
}

function localName(name: string): string {
  return name.slice(name.indexOf(':') + 1)
}
