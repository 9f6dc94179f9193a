// Preloaded into a node under test: kills it with SIGKILL before or after one exact step on the file system or in its database.
//
// KILL_AT is JSON: {"step": "rename" | "symlink" | "unlink" | "store" | "commit", "when": "before" | "after",
// "path": what the path (of a commit: one of its statements) must match, "content": what a stored file, or the statement's
// values, must match}.

import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'

const { step, when, path, content } = JSON.parse(process.env.KILL_AT ?? '{}')
const die = () => process.kill(process.pid, 'SIGKILL')
const isPath = (name) => new RegExp(path).test(String(name))

if (step === 'store') {
  // A document is written beside its name and renamed.
  const rename = fs.promises.rename
  fs.promises.rename = async (from, to) => {
    const isDocument = String(from).endsWith('.writing') && isPath(to)
    const hit = isDocument && new RegExp(content ?? '').test(fs.readFileSync(from, 'utf8'))
    if (hit && when === 'before') die()
    await rename(from, to)
    if (hit) die()
  }
} else if (step === 'commit') {
  const { default: pg } = await import('pg')
  const { query } = pg.Client.prototype
  const decided = new WeakSet()
  pg.Client.prototype.query = async function (text, values, ...rest) {
    const written = [values ?? []].flat().map((value) => (typeof value === 'string' ? value : JSON.stringify(value)))
    if (isPath(text) && new RegExp(content ?? '').test(written.join('\n'))) decided.add(this)
    const isHit = text === 'COMMIT' && decided.has(this)
    if (isHit && when === 'before') die()
    const result = await query.call(this, text, values, ...rest)
    if (isHit) die()
    return result
  }
} else if (step !== undefined) {
  const original = fs.promises[step]
  fs.promises[step] = async (first, second, ...rest) => {
    const hit = isPath(step === 'rename' || step === 'symlink' ? second : first)
    if (hit && when === 'before') die()
    const result = await original(first, second, ...rest)
    if (hit) die()
    return result
  }
}
syncBuiltinESMExports()
