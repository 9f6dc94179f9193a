// Checks the parts of a request for a project that need nothing but themselves.

import type { Problems } from '../../shared/problems.ts'
import { assertFilters } from '../../shared/rsync/filters.ts'
import type { UpdateProject } from '../../shared/schemas/project-request.ts'
import type { Source } from '../../shared/schemas/source.ts'
import { assertBandwidth } from '../records/bandwidth.ts'
import { assertDownstreams } from './downstreams-input.ts'
import { assertFieldsOf } from './source-input.ts'

/** `source` is the one that the project gets. What is wrong goes to `problems`. */
export function checkParts(source: Source, input: Omit<UpdateProject, 'id'>, problems: Problems): void {
  problems.try(() => assertFieldsOf(source, input))
  problems.try(() => assertBandwidth(input.bandwidth ?? []))
  problems.try(() => assertFilters(input.filters ?? []))
  problems.try(() => assertDownstreams(input.downstreams ?? []))
}
