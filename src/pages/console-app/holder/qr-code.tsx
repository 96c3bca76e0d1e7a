import qrcode from 'qrcode-generator';

/** Light modules around the code, which readers need to find it: https://www.qrcode.com/en/howto/code.html */
const QUIET_ZONE = 4;

/** Black on white in every theme: not every reader takes the reverse. */
export function QrCode({ text, label }: { readonly text: string; readonly label: string }) {
  const code = qrcode(0, 'L'); // a screen does not get dirty, so the lowest correction, whose modules are the largest
  code.addData(text, 'Byte');
  code.make();
  const count = code.getModuleCount();
  const size = count + 2 * QUIET_ZONE;
  const modules = Array.from({ length: count }, (_, at) => at);
  const path = modules
    .flatMap((row) =>
      modules.flatMap((column) =>
        code.isDark(row, column)
          ? [`M${String(column + QUIET_ZONE)} ${String(row + QUIET_ZONE)}h1v1h-1z`]
          : [],
      ),
    )
    .join('');
  return (
    <svg class="qr" viewBox={`0 0 ${String(size)} ${String(size)}`} role="img" aria-label={label}>
      <rect width={size} height={size} fill="#fff" />
      <path d={path} fill="#000" shape-rendering="crispEdges" />
    </svg>
  );
}
