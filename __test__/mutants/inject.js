'use strict'

// Faults that a test can call for, put into a copy of the sources: a panic in each entry, and the ways in which the engine's
// place in the event loop fails.

const fs = require('node:fs')
const path = require('node:path')

const { entries } = require('./entries')

/** Says at the first call after something was named in the environment, with a mark that is new each time, that it is due. */
const FAULTS = `//! Faults where a test wants one.

use std::sync::Mutex;

static LAST: Mutex<String> = Mutex::new(String::new());

pub(crate) fn wanted(name: &str) -> bool {
    let Ok(wanted) = std::env::var("TLSJSON_FAULT") else { return false };
    if wanted.split('#').next() != Some(name) {
        return false;
    }
    let mut last = LAST.lock().unwrap();
    let due = *last != wanted;
    *last = wanted;
    due
}

pub(crate) fn point(name: &str) {
    if wanted(name) {
        panic!("injected: {name}");
    }
}
`

const EVENT_LOOP = path.join('src', 'binding', 'event_loop.rs')

/** What is done to get a place in the event loop, and what says that it has failed; and
 * the code of the error that comes of it. By name. @type {Record<string, [call: string, failure: string, code: string]>} */
const STARTS = {
  'cleanup hook': [
    'sys::napi_add_async_cleanup_hook(env.raw(), hook, reader.cast(), cleanup)',
    'sys::Status::napi_generic_failure',
    'TLSJSON_INTERNAL',
  ],
  'poll init': [
    '(libuv.poll_init)(uv_loop.cast(), handle, descriptor.as_raw_fd())',
    '-12',
    'TLSJSON_CANNOT_START',
  ],
  'poll start': [
    '(libuv.poll_start)(handle, READABLE, on_readable)',
    '-12',
    'TLSJSON_CANNOT_START',
  ],
}

/**
 * Puts a panic into every entry of a copy, and a failure into every step of the engine's start in the event loop.
 *
 * @param {string} root of the copy
 * @returns {string[]} the names of the entries
 */
function inject(root) {
  const found = entries(root)
  for (const file of new Set(found.map(entry => entry.file))) {
    let text = fs.readFileSync(path.join(root, file), 'utf8')
    // From the end, so that the places of the others stay.
    for (const { name, body } of found.filter(entry => entry.file === file).reverse()) {
      text = `${text.slice(0, body)} crate::binding::faults::point("${name}"); ${text.slice(body)}`
    }
    fs.writeFileSync(path.join(root, file), text)
  }
  let text = fs.readFileSync(path.join(root, EVENT_LOOP), 'utf8')
  for (const [name, [call, failure]] of Object.entries(STARTS)) {
    if (text.split(call).length !== 2) throw new Error(`${EVENT_LOOP} does not have once: ${call}`)
    const condition = `crate::binding::faults::wanted("${name}")`
    text = text.replace(call, () => `if ${condition} { ${failure} } else { ${call} }`)
  }
  fs.writeFileSync(path.join(root, EVENT_LOOP), text)
  fs.writeFileSync(path.join(root, 'src', 'binding', 'faults.rs'), FAULTS)
  fs.appendFileSync(path.join(root, 'src', 'binding', 'mod.rs'), 'pub(crate) mod faults;\n')
  return found.map(({ name }) => name)
}

module.exports = { STARTS, inject }
