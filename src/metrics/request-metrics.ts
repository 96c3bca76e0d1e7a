import { NANO_PER_USD } from '../prices/nano-usd';
import { METRICS, type Definition } from './definitions';
import type { Family } from './family';
import type { FinishedRequest } from './finished-request';
import { genAiProvider, operationOf } from './gen-ai';
import { LabelValues } from './label-values';
import { Histogram, Series, Sum } from './series';

const counter = () => new Series(() => new Sum());
const histogram = ({ bounds = [] }: Definition) => new Series(() => new Histogram(bounds));

/** What is counted of requests, from when it was made until the process ends. Its memory does not grow with their number. */
export class RequestMetrics {
  readonly #tokenUsage = histogram(METRICS.tokenUsage);
  readonly #duration = histogram(METRICS.operationDuration);
  readonly #firstToken = histogram(METRICS.firstToken);
  readonly #requests = counter();
  readonly #attempts = counter();
  readonly #bytes = counter();
  readonly #metered = counter();
  readonly #cost = counter();
  readonly #tokenRequests = counter();
  readonly #tokenTokens = counter();
  readonly #tokenCost = counter();
  readonly #models: LabelValues;
  readonly #tokens: LabelValues;

  /**
   * @param clean takes what is secret, and what no log may have, out of a name that a client has written
   * @param costOf what a request costs, in nano-dollars; `undefined` if that is not known
   */
  constructor(
    clean: (name: string) => string,
    private readonly costOf: (request: FinishedRequest) => number | undefined,
  ) {
    this.#models = new LabelValues(clean);
    this.#tokens = new LabelValues(clean);
  }

  add(request: FinishedRequest): void {
    const { status, outcome, error, attempts, bytes, metering } = request;
    const statusClass = classOf(status);
    const provider = request.provider ?? '';
    this.#requests.at([provider, statusClass, outcome, error]).value++;
    if (request.provider === undefined) return;
    this.#attempts.at([provider]).value += attempts;
    this.#bytes.at([provider]).value += bytes;
    if (metering) this.#metered.at([provider, metering.class]).value++;
    const token = this.#tokens.of(request.token, true);
    if (token !== '') this.#tokenRequests.at([token, statusClass]).value++;
    const model = this.#models.of(request.model ?? metering?.model, metering !== undefined && status < 400);
    this.#addCost(request, provider, model, token);
    this.#addGenAi(request, model, token);
  }

  #addCost(request: FinishedRequest, provider: string, model: string, token: string): void {
    const nanoUsd = request.metering && this.costOf(request);
    if (nanoUsd === undefined) return;
    this.#cost.at([provider, model]).value += nanoUsd / NANO_PER_USD;
    if (token !== '') this.#tokenCost.at([token]).value += nanoUsd / NANO_PER_USD;
  }

  #addGenAi(request: FinishedRequest, model: string, token: string): void {
    const { provider = '', attempts, route, error, outcome, durationMs, firstTokenMs, metering } = request;
    const usage = metering?.usage;
    const operation = operationOf(route) ?? (usage ? 'other' : undefined);
    if (operation === undefined || attempts === 0) return;
    const labels = [operation, genAiProvider(provider), model];
    const errorType = error === '' && outcome !== 'complete' ? outcome : error;
    this.#duration.at([...labels, errorType]).add(durationMs / 1_000);
    if (firstTokenMs !== undefined && request.status < 400)
      this.#firstToken.at(labels).add(firstTokenMs / 1_000);
    for (const type of ['input', 'output'] as const) {
      const tokens = usage?.[type];
      if (tokens === undefined) continue;
      this.#tokenUsage.at([...labels, type]).add(tokens);
      if (token !== '') this.#tokenTokens.at([token, type]).value += tokens;
    }
  }

  families(): readonly Family[] {
    return [
      histograms(METRICS.tokenUsage, this.#tokenUsage),
      histograms(METRICS.operationDuration, this.#duration),
      histograms(METRICS.firstToken, this.#firstToken),
      sums(METRICS.requests, this.#requests),
      sums(METRICS.attempts, this.#attempts),
      sums(METRICS.bytes, this.#bytes),
      sums(METRICS.metered, this.#metered),
      sums(METRICS.cost, this.#cost),
      sums(METRICS.tokenRequests, this.#tokenRequests),
      sums(METRICS.tokenTokens, this.#tokenTokens),
      sums(METRICS.tokenCost, this.#tokenCost),
    ];
  }
}

function histograms(definition: Definition, series: Series<Histogram>): Family {
  return { definition, points: [...series.all()] };
}

function sums(definition: Definition, series: Series<Sum>): Family {
  return { definition, points: [...series.all()].map(({ labels, value: { value } }) => ({ labels, value })) };
}

function classOf(status: number): string {
  return status >= 100 && status < 600 ? `${Math.floor(status / 100)}xx` : 'other';
}
