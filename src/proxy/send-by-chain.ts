import { ChainRun, type ChainRunOptions, type ChainedRequest } from './chain-run';
import { Circuits, type CircuitsOptions } from './chain/circuits';
import { ConversationPlaces } from './chain/member-order';
import { ResponseTimes } from './chain/response-times';
import type { Timeouts } from './exchange/timeouts';
import type { Sent } from './member-attempt';

export type ChainOptions = Omit<ChainRunOptions, 'circuits' | 'places' | 'times'> & CircuitsOptions;

/** Sends requests to one provider of a chain after the other, until one serves them. */
export class ChainSender {
  readonly #options: ChainRunOptions;

  constructor(options: ChainOptions) {
    this.#options = {
      ...options,
      circuits: new Circuits(options),
      places: new ConversationPlaces(),
      times: new ResponseTimes(),
    };
  }

  /**
   * Sends a request; nothing of a response goes to the client before a provider has served it, or none is left.
   * @returns the last response if none has served it
   * @throws the last failure if there was no response; the reason that stops the exchange meanwhile
   */
  send(request: ChainedRequest, timeouts: Timeouts): Promise<Sent> {
    return new ChainRun(request, timeouts, this.#options).send();
  }
}
