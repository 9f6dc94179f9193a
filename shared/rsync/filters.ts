// Lists of filter rules that a project keeps beside its options, and rsync's own lists in files. Pure.

import { atField, InvalidInput, InvalidOption } from '../errors.ts'
import type { RsyncOptions } from '../schemas/project-parts.ts'
import { checkOptions } from './options.ts'
import { filterOption } from './tidy-options.ts'

/** The options with the rules before all filters that stand in them: the first that matches decides (rsync(1), FILTER RULES). */
export function withFilters(options: RsyncOptions, filters: readonly string[]): RsyncOptions {
  if (filters.length === 0) return options
  return { ...options, defaults: [...filters.map(filterOption), ...options.defaults] }
}

/** @throws {InvalidInput} that names the first rule that is none, or reads a file. */
export function assertFilters(filters: readonly string[]): void {
  for (const [index, rule] of filters.entries()) {
    try {
      checkOptions({ basic: [filterOption(rule)], defaults: ['-a'], delete: '' })
    } catch (error) {
      if (!(error instanceof InvalidOption)) throw error
      const field = `filters.${index}`
      const says =
        'must be exclude, include, hide, show, protect or risk, a space, and a pattern, as in "exclude *.iso"'
      throw atField(new InvalidInput(`${field}: ${says}`), field)
    }
  }
}
