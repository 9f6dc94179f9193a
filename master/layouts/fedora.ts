// Fedora's modules: fullfiletimelist, which names every file, and the rpm repositories in them.

import type { Layout, NamedFile, Root, RootReader } from './layout.ts'
import { linesOf } from './lines.ts'
import { baseOf, folderOf, nameBelow } from './names.ts'
import { rpm } from './rpm.ts'
import { readSum } from './sum-lines.ts'

const LISTS = ['fullfiletimelist-*', 'fullfilelist', 'imagelist-*']
const isList = (name: string): boolean => baseOf(name).startsWith('fullfiletimelist-')

export const fedora: Layout = {
  name: 'fedora',
  stages: { first_pass_exclude: ['repodata/', '.treeinfo', 'treeinfo', ...LISTS] },
  passing: rpm.passing,
  updating: [],
  isLike: (names) => [...names].some(isList),
  // The list of the module names every file, those of its repositories too.
  probes: (roots) => {
    const lists = roots.filter(isList)
    return lists.length === 1 ? lists : []
  },
  rootOf: (name) => (isList(name) ? name : rpm.rootOf(name)),
  folderOfRoot: (id) => (isList(id) ? folderOf(id) : rpm.folderOfRoot(id)),
  filesOfRoot: (id) => (isList(id) ? listsBeside(id) : rpm.filesOfRoot(id)),
  readRoot: (id, reader) => (isList(id) ? readListRoot(id, reader) : rpm.readRoot(id, reader)),
  readIndex: (index, content) =>
    isList(index.name) ? readList(content, folderOf(index.name)) : rpm.readIndex(index, content),
}

/** The lists of a module, which name neither themselves nor each other. */
function listsBeside(list: string): string[] {
  const [folder, module] = [folderOf(list), baseOf(list).slice('fullfiletimelist-'.length)]
  return [list, ...['fullfilelist', `imagelist-${module}`].map((name) => (folder === '' ? name : `${folder}/${name}`))]
}

/** Nothing signs the list. */
async function readListRoot(id: string, reader: RootReader): Promise<Root> {
  const self: NamedFile = { name: id, size: null, sum: null, reads: 'list', absence: 'fault' }
  return { id, folder: folderOf(id), files: [id], problems: [], time: reader.mtime(id), names: [self] }
}

/**
 * Lines of time, type, size and path, and sections of sums. Types with a mark are not for the world to read; links and folders
 * are not checked.
 */
async function* readList(content: AsyncIterable<Buffer>, folder: string): AsyncGenerator<readonly NamedFile[]> {
  let section = ''
  for await (const lines of linesOf(content)) {
    yield lines.flatMap((line): NamedFile[] => {
      const title = /^\[([^\]]+)\]$/.exec(line)?.[1]
      if (title !== undefined) section = title
      const fields = line.split('\t')
      const file =
        section === 'Files' ? readFileLine(fields) : section.startsWith('Checksums ') ? readSumFields(fields) : null
      const name = file === null ? null : nameBelow(folder, file.name)
      return file === null || name === null ? [] : [{ ...file, name, reads: null, absence: 'fault' }]
    })
  }
  if (section !== 'End') throw new Error('it is cut: its last line is not [End]')
}

function readFileLine([time = '', type, size = '', ...name]: string[]): Pick<
  NamedFile,
  'name' | 'size' | 'sum' | 'stamp'
> | null {
  if (type !== 'f' || !/^\d{1,15}$/.test(size)) return null
  return { name: name.join('\t'), size: Number(size), sum: null, stamp: time }
}

function readSumFields([hex = '', ...name]: string[]): Pick<NamedFile, 'name' | 'size' | 'sum'> | null {
  const sum = readSum(hex)
  return sum === null ? null : { name: name.join('\t'), size: null, sum }
}
