/** Where log lines are written. */
export interface LogSink {
  /** Writes whole lines, one text at a time. @param done called once, with the error if they were not written */
  write(text: string, done: (error?: Error) => void): void;
}
