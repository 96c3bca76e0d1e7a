/** One header: its name as sent, and its value. */
export type Header = readonly [name: string, value: string];
