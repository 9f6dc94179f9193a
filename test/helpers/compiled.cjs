// Preloaded into programs of the tests' build: keeps what V8 compiled for the starts that follow, which half of a start is for.
//
// Node 22 has module.enableCompileCache() for this; Node 20 has only what vm.Script offers (cachedData).

'use strict'
const { readFileSync, renameSync, writeFileSync } = require('node:fs')
const Module = require('node:module')
const path = require('node:path')
const vm = require('node:vm')

const PROGRAMS = path.join(__dirname, 'programs')
const STARTED_AFTER_MS = 3000
const fresh = []

const compile = Module.prototype._compile
Module.prototype._compile = function (content, filename, ...rest) {
  if (!filename.startsWith(PROGRAMS)) return compile.call(this, content, filename, ...rest)
  const file = path.join(__dirname, 'compiled', path.relative(PROGRAMS, filename).replaceAll(path.sep, '-'))
  const cachedData = read(file)
  const script = new vm.Script(Module.wrap(content.replace(/^#!.*/, '')), {
    filename,
    cachedData,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  })
  if (cachedData === undefined) fresh.push({ file, script })
  const require = Module.createRequire(filename)
  return script.runInThisContext().call(this.exports, this.exports, require, this, filename, path.dirname(filename))
}

/** The functions that have run so far are kept too. Where several programs do this at once, one file wins. */
function keep() {
  for (const { file, script } of fresh.splice(0)) {
    const writing = `${file}.${process.pid}`
    try {
      writeFileSync(writing, script.createCachedData())
      renameSync(writing, file)
    } catch {
      // A program of another user may not write here.
    }
  }
}
process.on('exit', keep)
// Nodes are killed at any time; by then one has started.
setTimeout(keep, STARTED_AFTER_MS).unref()

function read(file) {
  try {
    return readFileSync(file)
  } catch {
    return undefined
  }
}
