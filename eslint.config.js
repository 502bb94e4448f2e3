'use strict'

const js = require('@eslint/js')
const globals = require('globals')

module.exports = [
  { ignores: ['build/', 'dist/', 'target/', 'tmp/', '**/*.d.ts'] },
  js.configs.recommended,
  {
    files: ['**/*.js'],
    languageOptions: { sourceType: 'commonjs', ecmaVersion: 2023, globals: globals.node },
    // A comment that switches off a rule must be needed.
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      // Without it a file is sloppy code: assignments to misspelt names make globals.
      strict: ['error', 'global'],
      // `==` converts; the wire must not. null is the exception people mean.
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      // Something that is not an Error has no stack and no code.
      'no-throw-literal': 'error',
      'prefer-promise-reject-errors': 'error',
      // An error may be passed over only with the reason written there.
      'no-empty': ['error', { allowEmptyCatch: false }],
      'no-unused-vars': ['error', { varsIgnorePattern: '^_', argsIgnorePattern: '^_' }],
      'no-var': 'error',
      'prefer-const': 'error',
      'no-shadow': 'error',
      'no-implicit-coercion': ['error', { boolean: false }],
      'no-else-return': 'error',
      'no-constructor-return': 'error',
      'no-self-compare': 'error',
      'array-callback-return': 'error',
      'default-case-last': 'error',
      // Everything that executes text.
      'no-eval': 'error',
      'no-implied-eval': 'error',
      'no-new-func': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "MethodDefinition[kind='get'] > PrivateIdentifier",
          message: 'V8 calls into its runtime for each use of a private getter; make it a method.',
        },
      ],
    },
  },
  {
    // The page of `tls-json watch --http`.
    files: ['bin/watch/browser/*.js'],
    languageOptions: { sourceType: 'script', globals: globals.browser },
  },
  {
    files: ['**/*.mjs'],
    languageOptions: { sourceType: 'module', ecmaVersion: 2023, globals: globals.node },
  },
]
