/** How long `client.ready` waits. */
export interface ReadyOptions {
  /** Ends the wait: the promise rejects with its reason. */
  signal?: AbortSignal
  /** Milliseconds; 0, the default, for no limit. */
  timeout?: number
}

export {} // Without this everything above would be exported.
