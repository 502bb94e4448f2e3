'use strict'

// What is read of a file of callgrind's.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { parts, sum } = require('../../benchmark/instructions/callgrind')

const FILE = `# callgrind format
events: Ir
fl=(1) file.c
ob=(1) /usr/bin/node
fn=(1) node::run()
16 100
+4 20
cob=(2) /project/build/tls-json-native.linux-x64-gnu.node
cfn=(2) take
calls=3 0
16 5000
* 3
ob=(2)
fn=(2)
0 5000
ob=(5) /project/target/release/libtls_json_floor.so
fn=(6) write
7 300
ob=(1)
fn=(3) v8::internal::compiler::GraphReducer::ReduceTop()
0 700000
ob=(3) /usr/lib/x86_64-linux-gnu/libc.so.6
fn=(4) malloc
0 60000
ob=(4) ???
fn=(5) 0x0000000012345678
-8 1000
totals: 766123
`

test('counts once what Node, the addons and the code of V8 do, and nothing of the compilers', () => {
  const [addon, node, javascript] = [5000 + 300, 100 + 20 + 3, 1000]
  assert.deepEqual(parts(FILE), { addon, node, javascript, system: 60000 })
})

test('compares all of that but the libraries of the system', () => {
  assert.equal(sum(parts(FILE)), 5000 + 300 + 100 + 20 + 3 + 1000)
})
