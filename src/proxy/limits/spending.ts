import { WindowSum } from '../../clock/window-sum';

/** What a token spends in the window of its limit, in nano-dollars. */
export class Spending extends WindowSum {
  /** For requests that are running. */
  reserved = 0;
}
