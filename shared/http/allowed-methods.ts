// Which methods a path has routes for: pure.

export type RouteTable = readonly { method: string; url: string }[]

/** The methods of a path, sorted; none when no route has the path. A route for any path, such as a page's, does not count. */
export function methodsOf(routes: RouteTable, path: string): string[] {
  const asked = partsOf(path)
  const found = routes.filter(({ url }) => !url.includes('*') && fits(partsOf(url), asked)).map(({ method }) => method)
  return [...new Set(found)].sort()
}

const partsOf = (path: string): string[] => path.replace(/\/$/, '').split('/')

function fits(route: readonly string[], asked: readonly string[]): boolean {
  return (
    route.length === asked.length &&
    route.every((part, index) => (part.startsWith(':') ? asked[index] !== '' : part === asked[index]))
  )
}
