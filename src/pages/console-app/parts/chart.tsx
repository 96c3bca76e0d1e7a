import { useEffect, useRef, useState } from 'preact/hooks';
import uPlot from 'uplot';

/** Colours that also people with a colour vision deficiency tell apart: https://jfly.uni-koeln.de/color/ (Okabe, Ito). */
const COLOURS = [
  '#0072b2',
  '#e69f00',
  '#009e73',
  '#cc79a7',
  '#56b4e9',
  '#d55e00',
  '#f0e442',
  '#8c6bb1',
  '#00b3b3',
  '#b08b5a',
  '#7f7f7f',
];
const OTHER_COLOUR = '#9aa4b1';
const HEIGHT = 260;

export interface ChartLine {
  readonly name: string;
  readonly isOther: boolean;
  readonly values: readonly number[];
}

interface ChartProps {
  readonly label: string;
  /** One for each value of a line. */
  readonly times: readonly string[];
  readonly lines: readonly ChartLine[];
  readonly format: (value: number) => string;
  readonly texts: { readonly total: string; readonly table: string; readonly time: string };
}

/** Bars, one line of values upon the other, with a legend of the bar that is pointed at, and the same as a table. */
export function Chart({ label, times, lines, format, texts }: ChartProps) {
  const [at, setAt] = useState<number | null>(null);
  const isDark = useIsDark();
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = box.current;
    if (!element) return undefined;
    const plot = plotIn(element, { times, lines, format, onPoint: setAt });
    const watcher = new ResizeObserver(() => {
      plot.setSize({ width: element.clientWidth, height: HEIGHT });
    });
    watcher.observe(element);
    return () => {
      watcher.disconnect();
      plot.destroy();
    };
  }, [times, lines, format, isDark]);
  const valueOf = ({ values }: ChartLine) =>
    at === null ? values.reduce((sum, value) => sum + value, 0) : (values[at] ?? 0);
  const total = lines.reduce((sum, line) => sum + valueOf(line), 0);
  return (
    <figure class="chart">
      <div ref={box} class="plot" role="img" aria-label={label} />
      <ul class="legend">
        <li class="total">
          <span class="name">{at === null ? texts.total : times[at]}</span>
          <span class="number">{format(total)}</span>
        </li>
        {lines.map((line, index) => (
          <li key={line.name}>
            <span class="swatch" style={{ background: colourOf(line, index) }} aria-hidden="true" />
            <span class="name">{line.name}</span>
            <span class="number">{format(valueOf(line))}</span>
          </li>
        ))}
      </ul>
      <details class="as-table">
        <summary>{texts.table}</summary>
        <div class="scrolls" tabIndex={0} role="region" aria-label={label}>
          <table>
            <thead>
              <tr>
                <th scope="col">{texts.time}</th>
                {lines.map(({ name }) => (
                  <th key={name} scope="col" class="number">
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {times.map((time, row) => (
                <tr key={time}>
                  <th scope="row">{time}</th>
                  {lines.map(({ name, values }) => (
                    <td key={name} class="number">
                      {format(values[row] ?? 0)}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </figure>
  );
}

function colourOf({ isOther }: ChartLine, index: number): string {
  return isOther ? OTHER_COLOUR : (COLOURS[index % COLOURS.length] ?? OTHER_COLOUR);
}

function useIsDark(): boolean {
  const query = '(prefers-color-scheme: dark)';
  const [isDark, setDark] = useState(() => matchMedia(query).matches);
  useEffect(() => {
    const list = matchMedia(query);
    const onChange = () => {
      setDark(list.matches);
    };
    list.addEventListener('change', onChange);
    return () => {
      list.removeEventListener('change', onChange);
    };
  }, []);
  return isDark;
}

interface PlotOptions extends Pick<ChartProps, 'times' | 'lines' | 'format'> {
  readonly onPoint: (at: number | null) => void;
}

function plotIn(element: HTMLElement, { times, lines, format, onPoint }: PlotOptions): uPlot {
  const style = getComputedStyle(element);
  const soft = style.getPropertyValue('--soft');
  const line = style.getPropertyValue('--line');
  const font = `12px ${style.fontFamily}`;
  // The first line stands at the bottom: each bar is drawn from 0 to its sum, the highest first.
  const sums: number[][] = [];
  for (const { values } of lines) sums.push(values.map((value, at) => value + (sums.at(-1)?.[at] ?? 0)));
  const bars = uPlot.paths.bars?.({ size: [0.72, 48], radius: 0 });
  const drawn = lines
    .map((one, index) => ({ colour: colourOf(one, index), sums: sums[index] ?? [] }))
    .reverse();
  return new uPlot(
    {
      width: element.clientWidth,
      height: HEIGHT,
      padding: [12, 8, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { show: false }, drag: { setScale: false, x: false, y: false } },
      scales: {
        x: { time: false, range: [-0.5, times.length - 0.5] },
        y: { range: (_plot, _least, most) => [0, most > 0 ? most * 1.08 : 1] },
      },
      axes: [
        {
          font,
          stroke: soft,
          grid: { show: false },
          ticks: { show: false },
          size: 30,
          space: 56,
          incrs: [1, 2, 3, 4, 6, 8, 12],
          values: (_plot, splits) => splits.map((split) => times[split] ?? ''),
        },
        {
          font,
          stroke: soft,
          grid: { stroke: line, width: 1 },
          ticks: { show: false },
          size: 64,
          values: (_plot, splits) => splits.map(format),
        },
      ],
      series: [
        {},
        ...drawn.map(({ colour }) => ({
          fill: colour,
          stroke: colour,
          width: 0,
          points: { show: false },
          ...(bars ? { paths: bars } : {}),
        })),
      ],
      hooks: {
        setCursor: [
          ({ cursor }) => {
            onPoint(cursor.left === undefined || cursor.left < 0 ? null : (cursor.idx ?? null));
          },
        ],
      },
    },
    [times.map((_, at) => at), ...drawn.map((one) => one.sums)],
    element,
  );
}
