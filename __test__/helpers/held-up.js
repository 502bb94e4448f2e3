'use strict'

// Loaded before a program. Another process that has the cores does to it what this does: its event loop goes on late. So
// often that a short measurement has a whole time of it, wherever it begins: one that its end cuts off is not seen.

const nothing = new Int32Array(new SharedArrayBuffer(4))
setInterval(() => Atomics.wait(nothing, 0, 0, 50), 100).unref()
