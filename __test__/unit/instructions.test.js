'use strict'

// What is read of a file of callgrind's.

const assert = require('node:assert/strict')
const { test } = require('node:test')

const { sum } = require('../../benchmark/instructions/callgrind')

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

test('counts once what Node, the addon and the code of V8 do, and nothing of the compilers and the system', () => {
  assert.equal(sum(FILE), 100 + 20 + 3 + 5000 + 1000)
})
