// Turns ftpsync's choice of architectures into filters of rsync (ftpsync.conf(5), ARCH_INCLUDE and ARCH_EXCLUDE). Pure.

import type { Remark } from './plan.ts'

/** What an archive has of one architecture. */
const partsOf = (arch: string): string[] => [
  `binary-${arch}/`,
  `installer-${arch}/`,
  `Contents-${arch}.*`,
  `Contents-udeb-${arch}.*`,
  `*_${arch}.deb`,
  `*_${arch}.udeb`,
]
const SOURCES = ['source/', 'Contents-source.*', '*.dsc', '*.diff.gz', '*.tar.gz', '*.tar.bz2', '*.tar.xz']
const exclude = (pattern: string): string => `--exclude=${pattern}`
const include = (pattern: string): string => `--include=${pattern}`

/** Of both lists, ftpsync takes one. */
export function architectureWords(only: readonly string[], without: readonly string[], remarks: Remark[]): string[] {
  const [name, archs] = only.length > 0 ? ['ARCH_INCLUDE', only] : ['ARCH_EXCLUDE', without]
  if (archs.length === 0) return []
  remarks.push({
    what: `${name}="${archs.join(' ')}"`,
    result: 'changed',
    why: 'filters among the rsync options say it',
  })
  const binary = archs.filter((arch) => arch !== 'source')
  if (only.length === 0)
    return [...(archs.includes('source') ? SOURCES.map(exclude) : []), ...binary.flatMap(partsOf).map(exclude)]
  const kept = binary.length === 0 ? [] : [...binary, 'all']
  const sources = archs.includes('source') ? [include('Contents-source.*')] : SOURCES.map(exclude)
  return [...sources, ...kept.flatMap(partsOf).map(include), ...partsOf('*').map(exclude)]
}
