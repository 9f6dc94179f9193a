// All layouts by name, and what a project's own layout makes of its settings. Pure.

import type { StoredProject } from '../../shared/schemas/project.ts'
import type { LayoutName, Stages } from '../../shared/schemas/project-parts.ts'
import { alpine } from './alpine.ts'
import { arch } from './arch.ts'
import { checksums } from './checksums.ts'
import { debian } from './debian.ts'
import { fedora } from './fedora.ts'
import type { Layout } from './layout.ts'
import { plain } from './plain.ts'
import { rpm } from './rpm.ts'

const LAYOUTS: Readonly<Record<LayoutName, Layout>> = { plain, debian, rpm, arch, alpine, fedora, checksums }

/** The layout of a project; of those from before there were any, `plain`. */
export function layoutOf({ layout }: Pick<StoredProject, 'layout'>): Layout {
  return LAYOUTS[layout ?? 'plain']
}

/** The layout that a tree looks like, by the names at its top: the first that fits, `plain` for none. */
export function recognizeLayout(names: ReadonlySet<string>): Layout {
  return [fedora, arch, alpine, debian, rpm, checksums].find((layout) => layout.isLike(names)) ?? plain
}

/** The stages of a project, in words that slaves of earlier versions understand. */
export function stagesOf(project: Pick<StoredProject, 'layout' | 'stages'>): Stages {
  return project.stages === 'by_layout' ? layoutOf(project).stages : project.stages
}

/** The names at the top of its upstream that a project waits for to go: its own, else those of its layout. */
export function waitsFor(project: Pick<StoredProject, 'layout' | 'wait_for'>): readonly string[] {
  return project.wait_for ?? layoutOf(project).updating
}
