// The page for the users of the mirror: what is served, of when, and what is late. Pure; one file without scripts.

import { createHash } from 'node:crypto'
import type { Settings } from '../../settings.ts'
import { showAgo, showSize } from '../../shared/words.ts'
import { type Shown, tunasyncStatus } from './shown.ts'

type Site = Pick<Settings, 'SITE_URL' | 'SITE_ABBR' | 'SITE_NAME' | 'SITE_EMAIL'>

/** What a user of the mirror reads of what is served; trouble first. */
const LOOKS = {
  late: { word: 'late', rank: 0 },
  missing: { word: 'not here yet', rank: 1 },
  off: { word: 'not updated any more', rank: 2 },
  ok: { word: 'up to date', rank: 3 },
} as const
type Look = keyof typeof LOOKS

function lookOf(shown: Shown): Look {
  // A run that is under way has changed nothing yet.
  const status = tunasyncStatus({ ...shown, activity: null })
  if (shown.project.last_success_at === null) return 'missing'
  return status === 'success' ? 'ok' : status === 'disabled' ? 'off' : 'late'
}

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#e1e4e9, #262d36); --muted: light-dark(#56606c, #9aa5b1) }
* { box-sizing: border-box }
body { margin: 0 auto; max-width: 60rem; padding: 1rem; background: light-dark(#f4f5f7, #0d1014); color: light-dark(#191e25, #e4e8ed); font: 0.9375rem/1.5 system-ui, sans-serif }
h1 { font-size: 1.5rem } h2 { font-size: 1rem }
a { color: light-dark(#0b5bc4, #73b4ff) }
p, dd { overflow-wrap: anywhere }
.sum { font-size: 1.125rem; font-weight: 600; margin: 0 }
.muted { color: var(--muted) }
table { width: 100%; border-collapse: collapse; background: light-dark(#fff, #14181e); border: 1px solid var(--line); font-variant-numeric: tabular-nums }
th, td { padding: 0.5rem 0.75rem; text-align: left; border-top: 1px solid var(--line); overflow-wrap: anywhere }
thead th { font-weight: 500; color: var(--muted); border: 0 } tbody th { font-weight: 600 }
.ok { color: light-dark(#156b38, #5fcd8d) }
.late { color: light-dark(#845000, #ebb557) } .off, .missing { color: var(--muted) }
@media (max-width: 40rem) {
  thead { position: absolute; clip-path: inset(50%) }
  tbody tr { display: flex; flex-wrap: wrap; column-gap: 1rem; border-top: 1px solid var(--line); padding: 0.5rem 0.75rem }
  tbody th, td { border: 0; padding: 0 }
  tbody th { flex: 1 0 100% } td:not([data-l]) { flex: 1 0 100% }
  td[data-l]::before { content: attr(data-l) ' '; color: var(--muted) }
}
`

/** For the header content-security-policy: the page's own style, and nothing else. */
export const STATUS_PAGE_POLICY = `default-src 'none';style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}';base-uri 'none';form-action 'none';frame-ancestors 'none'`

/** The page as HTML. It says when it was written: `now` is in milliseconds since 1970. */
export function statusPage(site: Site, shown: readonly Shown[], now: number): string {
  const name = escapeHtml(site.SITE_NAME || site.SITE_ABBR || 'Mirror')
  const rows = shown
    .map((one) => ({ ...one, look: lookOf(one) }))
    .sort((a, b) => LOOKS[a.look].rank - LOOKS[b.look].rank)
    .map((one) => showRow(site, one, now))
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Mirror status – ${name}</title>
<style>${STYLE}</style>
</head>
<body>
<main>
<h1>Mirror status</h1>
<p class="sum">${escapeHtml(sumUp(shown))}</p>
<p class="muted">${name}, as of ${showTime(new Date(now).toISOString())}. Load the page again for news.</p>
${rows.length === 0 ? '' : showTable(rows)}
<h2>For programs</h2>
<p><a href="/status.json">status.json</a> (tunasync), <a href="/mirrorz.json">mirrorz.json</a></p>
${site.SITE_EMAIL === '' ? '' : `<p><a href="mailto:${escapeHtml(site.SITE_EMAIL)}">Write to the people who run this mirror</a></p>`}
</main>
</body>
</html>
`
}

function sumUp(shown: readonly Shown[]): string {
  if (shown.length === 0) return 'This mirror has no projects yet.'
  const count = (look: Look) => shown.filter((one) => lookOf(one) === look).length
  const late = count('late')
  const projects = shown.length === 1 ? 'project is' : 'projects are'
  return `${count('ok')} of ${shown.length} ${projects} up to date${late === 0 ? '' : `; ${late} ${late === 1 ? 'is' : 'are'} late`}.`
}

function showTable(rows: readonly string[]): string {
  const heads = ['Project', 'State', 'Updated', 'Next', 'Size'].map((head) => `<th scope="col">${head}</th>`)
  return `<table>
<thead><tr>${heads.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`
}

function showRow(site: Site, { project, activity, look }: Shown & { look: Look }, now: number): string {
  const { id, last_success_at: updated, next_run_time: next, total_size: size } = project
  const address = URL.canParse(site.SITE_URL) ? new URL(`${project.project}/`, withSlash(site.SITE_URL)).href : null
  const word = activity === null ? LOOKS[look].word : `${LOOKS[look].word}, being updated`
  const name = address === null ? escapeHtml(id) : `<a href="${escapeHtml(address)}">${escapeHtml(id)}</a>`
  return `<tr><th scope="row">${name}</th><td class="${look}">${word}</td><td data-l="Updated">${showWhen(updated, now)}</td><td data-l="Next">${showWhen(next, now)}</td><td data-l="Size">${showSize(size)}</td></tr>`
}

function showWhen(iso: string | null | undefined, now: number): string {
  if (!iso) return '–'
  return `<time datetime="${escapeHtml(iso)}" title="${showTime(iso)}">${showAgo(iso, now)}</time>`
}

/** `2026-11-26 08:12 UTC`. */
function showTime(iso: string): string {
  return `${new Date(iso).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}

const withSlash = (url: string): string => (url.endsWith('/') ? url : `${url}/`)

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

function escapeHtml(text: string): string {
  return text.replaceAll(/[&<>"']/g, (one) => ENTITIES[one] ?? one)
}
