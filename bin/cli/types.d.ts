import type { Output } from './output'

/** One option of a command. */
export interface Option {
  type: 'string' | 'boolean'
  short?: string
  multiple?: boolean
  /** What stands for the value in the help: 'FILE' is completed as one, a list such as 'a|b' by its words. */
  value?: string
  description: string
  /** As it would be written on the command line. */
  default?: string
  /** From the text to the value; throws a `UsageError` with a message that goes on "--name: ". */
  parse?: (text: string) => unknown
}

export type Options = Record<string, Option>

/** What a command works with. */
export interface Context {
  /** The arguments that are no options, without the name of the command. */
  positionals: string[]
  /** The options' values by their names, parsed; undefined for what was not given and has no default. */
  values: Record<string, any>
  out: Output
  input: NodeJS.ReadStream
  env: NodeJS.ProcessEnv
  /** Aborted by the first Ctrl-C (or SIGTERM): the command ends in order. The second one ends the process. */
  signal: AbortSignal
  /** For who reads a terminal's keys, where Ctrl-C is no signal. */
  interrupt: () => void
}

/** A file of `bin/commands`. */
export interface Command {
  /** One line, without a full stop. */
  summary: string
  /** What follows `tls-json NAME`, a line for each form. */
  usage: string[]
  /** How many arguments that are no options it takes at most: one, unless it says so. */
  most?: number
  /** Beside those that every command has: --json, --quiet, --no-color, --help. */
  options: Options
  /** Command lines, each with what it does. */
  examples: [command: string, what: string][]
  /** Words that may stand first, for the completion: subcommands. */
  words?: string[]
  /** More for the help, behind the options. */
  notes?: string[]
  /**
   * @returns The exit code, 0 if none. What it throws is printed, and becomes the exit code that belongs to it.
   */
  run(context: Context): Promise<number | void>
}
