// Says that an id, a name or a folder of a project is taken.

import { atField, type FieldError, FolderTaken, ProjectExists } from '../../shared/errors.ts'
import type { StoredProject } from '../../shared/schemas/project.ts'

type Named = Pick<StoredProject, 'id' | 'project'>

export function idTaken({ id }: Pick<Named, 'id'>): FieldError {
  return atField(new ProjectExists(`There is already a project with the id "${id}".`), 'id')
}

/** `owner` is the project that has the name of `wanted`. */
export function nameTaken(owner: Pick<Named, 'id'>, wanted: Named): FieldError {
  return atField(
    new ProjectExists(`The project "${owner.id}" already has the folder name "${wanted.project}".`),
    'project',
  )
}

/** `other` is the folder of another project that lies in `folder`, or around it. */
export function folderTaken(folder: string, other: string): FieldError {
  return atField(new FolderTaken(`dest: ${folder} overlaps ${other}, the folder of another project`), 'dest')
}

/** @throws {ProjectExists} when another of the projects has the id or the name; upper and lower case are alike. */
export function assertNameFree(wanted: Named & { key: string }, projects: readonly (Named & { key: string })[]): void {
  const others = projects.filter(({ key }) => key !== wanted.key)
  const byId = others.find(({ id }) => id.toLowerCase() === wanted.id.toLowerCase())
  if (byId !== undefined) throw idTaken(byId)
  const byName = others.find(({ project }) => project.toLowerCase() === wanted.project.toLowerCase())
  if (byName !== undefined) throw nameTaken(byName, wanted)
}
