#!/usr/bin/env node
'use strict'

const { main } = require('./main')

main(process.argv.slice(2)).then(code => {
  process.exitCode = code
  // What was written before must be out; on some systems pipes and terminals are written later.
  process.stdout.write('', () => process.stderr.write('', () => process.exit()))
})
