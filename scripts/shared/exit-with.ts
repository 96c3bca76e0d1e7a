/** Runs a command's main function; the process exits with its status, or with 1 and the message of what it threw. */
export function exitWith(main: () => Promise<number>): void {
  main()
    .then((status) => {
      process.exitCode = status;
    })
    .catch((error: unknown) => {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    });
}
