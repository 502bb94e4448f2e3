'use strict'

/** The command line is of no use. The message is for the person who wrote it. */
class UsageError extends Error {}

module.exports = { UsageError }
