// Tells the address of a git repository, and the name that it suggests. Pure.

const REPOSITORY = /^(?:https?|git):\/\/\S*?([^/\s]+?)(?:\.git)?\/?$/

export function isRepositoryAddress(text: string): boolean {
  return REPOSITORY.test(text)
}

/** The name of a repository whose address ends in `.git`; null for anything else. */
export function repositoryName(text: string): string | null {
  return /\.git\/?$/.test(text) ? (REPOSITORY.exec(text)?.[1] ?? null) : null
}
