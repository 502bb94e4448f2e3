import { EventEmitter } from 'node:events'

/** Listeners are checked against this map; events that it does not name may have any arguments. */
type Arguments<Events, E> = E extends keyof Events
  ? Events[E] extends unknown[]
    ? Events[E]
    : never
  : any[]
type Listener<Events, E> = (...args: Arguments<Events, E>) => void
type EventName<Events> = keyof Events | (string & {}) | symbol

/** An `EventEmitter` whose listeners are typed. There is no such class when the program runs. */
export class TypedEmitter<Events> extends EventEmitter {
  on<E extends EventName<Events>>(event: E, listener: Listener<Events, E>): this
  once<E extends EventName<Events>>(event: E, listener: Listener<Events, E>): this
  off<E extends EventName<Events>>(event: E, listener: Listener<Events, E>): this
  addListener<E extends EventName<Events>>(event: E, listener: Listener<Events, E>): this
  removeListener<E extends EventName<Events>>(event: E, listener: Listener<Events, E>): this
  prependListener<E extends EventName<Events>>(event: E, listener: Listener<Events, E>): this
  prependOnceListener<E extends EventName<Events>>(event: E, listener: Listener<Events, E>): this
  emit<E extends EventName<Events>>(event: E, ...args: Arguments<Events, E>): boolean
}

export {} // Without this everything above would be exported.
