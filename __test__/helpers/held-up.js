'use strict'

// Loaded before a program. Another process that has the cores does to it what this does: its event loop goes on late.

const nothing = new Int32Array(new SharedArrayBuffer(4))
setInterval(() => Atomics.wait(nothing, 0, 0, 200), 400).unref()
