import type { FailureCode } from '../../../errors/failures';

const BLOCKED =
  '在自己的电脑上运行时，多半是网络屏蔽了该服务商：请把代理部署到能访问它的地域（npm run deploy），或设置 HTTPS_PROXY。';

/** What the messages of the table of failures say, in Chinese: what happened, and what to do. */
export const FAILURES_ZH: Readonly<Record<FailureCode, string>> = {
  'bad-path':
    '代理无法转发这个请求路径。请发送形如 /v1/chat/completions 的路径，不要含点段、开头的双斜杠、反斜杠或编码的控制字符。',
  'bad-request':
    '请求不是有效的 HTTP/1.1，没有发送给服务商。请检查分帧头（Content-Length、Transfer-Encoding）以及客户端与代理之间的中间环节。',
  'body-already-read':
    '代理所在的服务器已经读取了请求体，没有发送给服务商。请把代理挂载在解析请求体的中间件之前（app.use(proxy) 放在 app.use(express.json()) 上面）。',
  'bad-parameter':
    '本页的参数超出范围。chunks 为 1 到 100 的整数，interval 为 10 到 1000 的整数（毫秒）；by 为 token、model、provider、day 中的一个或多个，用逗号分隔；日期形如 2026-11-29，since 也可以是 30d；控制台的参数见 docs/operator-console.md。',
  'bad-page': '列表的 limit 不是 1 到 1000 的整数。请用 limit=1000，或去掉它，每页 20 个模型。',
  'too-many-keys': '凭据里的 API Key 超过 32 把，没有发送给服务商。最多 32 把，用 | 或 , 分隔。',
  'missing-key':
    '没有发送 API Key。请按服务商 API 的要求，用 “Authorization: Bearer 密钥” 或 “x-api-key: 密钥” 发送您自己的密钥。',
  'no-key-for-provider':
    '您的访问令牌有效，但本代理没有这个服务商的密钥。请发送您自己的密钥，后面接令牌：密钥:令牌。',
  'bad-token':
    '本代理需要有效的访问令牌。请把它填在 API Key 的位置，或接在您自己的密钥之后（密钥:令牌），或作为路径的第一段。',
  'token-expired': '您的访问令牌已过期。请向本代理的管理员索取新的。',
  'token-revoked': '您的访问令牌已被吊销。请向本代理的管理员索取新的。',
  'bad-admin-token':
    '此页需要管理令牌：请发送 “Authorization: Bearer 管理令牌”；/-/metrics 也接受 METRICS_TOKEN。',
  'foreign-origin':
    '本代理有密钥而没有访问令牌，因此拒绝来自其他网页和未知主机名的请求。请设置 ACCESS_TOKENS，或把网页的来源加入 CORS_ORIGINS，或把主机名加入 ALLOWED_HOSTS。',
  'keys-not-permitted': '本代理的密钥都没有权限使用此模型或功能。请换一个，或请管理员换一把有权限的密钥。',
  'model-not-allowed': '您的访问令牌不能用于此模型。',
  'provider-not-allowed': '您的访问令牌不能用于此服务商。',
  'format-not-served':
    '此模型的服务商不支持这种 API 格式，而代理不做格式转换。请用服务商支持的格式发送，或换一个支持此格式的服务商的模型。',
  'unknown-provider':
    '路径的第一段不是本代理的服务商名称，没有发送给服务商。请去掉它，或使用首页 / 列出的名称。',
  'model-not-found':
    '本代理的服务商都没有列出这个模型，或您的令牌不能用于它。GET /v1/models 会列出您能用的模型；无法查询的服务商写在 X-Proxy-Models-Missing 里。',
  'not-found': '本代理没有这个页面。/-/ 下是代理自己的页面（例如 /-/health），其余路径都会被转发。',
  'method-not-allowed': '代理自己的页面只支持 GET 和 HEAD。',
  'method-not-relayed':
    '代理不转发 TRACE 之类的方法，因为响应会重复请求内容，包括密钥。请使用服务商文档里的方法。',
  'request-timeout': '请求没有在时限内完整到达。请重新发送；如果很大，请分几次发送。',
  'body-too-large': '请求体超过本代理的上限。请发送更小的请求体，或调大 MAX_BODY_BYTES 和函数内存。',
  'url-too-long': 'URL 超过 16384 字节。请把长参数放在请求体里。',
  'bad-websocket':
    'WebSocket 升级请求无效。它需要 Base64 编码的 16 字节 Sec-WebSocket-Key，且不能有请求体。请检查客户端以及它与代理之间的中间环节。',
  'bad-websocket-version': '不支持的 WebSocket 版本。请发送 “Sec-WebSocket-Version: 13”。',
  'websocket-unsupported':
    '这里不能使用 WebSocket：平台不传递升级请求，或设置了 WEBSOCKETS=off。请改用普通的 HTTP POST 发送同样的请求。',
  'websocket-not-served': '这里不能通过 WebSocket 使用此模型。请改用普通的 HTTP POST 发送同样的请求。',
  'bad-websocket-message':
    '从 WebSocket 收到的不是客户端的帧（RFC 6455 第 5 节），没有继续发送。请检查客户端以及它与代理之间的中间环节。',
  'websocket-other-provider':
    '这条消息的模型属于另一个服务商，与此 WebSocket 的第一个不同。请为它打开新的 WebSocket。',
  'websocket-refused': '服务商没有接受 WebSocket。请改用普通的 HTTP POST 发送同样的请求，或稍后重试。',
  'keys-cooling': '本代理用于此服务商的密钥都被限速或暂时停用。请等待 Retry-After 所说的时间，或增加密钥。',
  'token-rate-limited':
    '您的访问令牌已用完这一分钟的请求数。请等待 Retry-After 所说的时间，或向管理员要求更高的上限。',
  'token-busy': '您的访问令牌同时进行的请求已达上限。请等另一个结束后再发送。',
  'token-tokens-limited':
    '您的访问令牌已用完这一分钟的输入输出 token 数。请等待 Retry-After 所说的时间，或向管理员要求更高的上限。',
  'token-budget-spent':
    '您的访问令牌的金额已用完。请向管理员要求更大的额度；如果有 Retry-After，也可以等待它所说的时间。',
  'keys-out-of-credit': '本代理的密钥在此服务商都没有余额了，重试没有用。管理员可以充值或增加密钥。',
  'keys-budget-spent':
    '本代理用于此服务商的密钥已用完管理员给的预算。如果有 Retry-After，届时会恢复使用；管理员可以调高预算（key@9usd/month）或增加密钥。',
  'too-many-bad-tokens': '来自您的地址的无效令牌太多。请等待 Retry-After 所说的时间，再发送有效的令牌。',
  'headers-too-large': '请求头总计超过 32768 字节。请减少或缩短请求头。',
  'proxy-error': '代理发生内部错误；请求可能已经到达服务商，也可能没有。原因见代理的日志。',
  'upstream-unreachable': `服务商的地址拒绝连接，或从这里无法到达。请检查上游设置和函数的网络访问。${BLOCKED}`,
  'upstream-dns': `从这里无法解析服务商的主机名。请检查上游设置和函数的公网访问。${BLOCKED}`,
  'upstream-tls':
    '无法与服务商建立可信的 TLS 连接。请检查上游设置；您自己的证书可以用 NODE_EXTRA_CA_CERTS 设为可信。',
  'upstream-reset': `服务商在响应之前关闭了连接。请重新发送请求。${BLOCKED}`,
  'upstream-invalid': '服务商的响应不是有效的 HTTP。请检查上游设置是否指向一个 HTTP API。',
  'upstream-cut': '服务商在响应中途关闭了连接，响应不完整。请重新发送请求。',
  'upstream-unreadable':
    '服务商的错误响应使用了代理无法解码的编码，因此没有转给您。请加上 “Accept-Encoding: gzip” 重新发送。',
  'too-busy':
    '本实例没有内存容纳请求体了，没有发送给服务商。请在 Retry-After 之后重新发送；如果经常发生，请增加函数内存或调大 BODY_MEMORY。',
  'too-many-connections':
    '本实例没有文件描述符用于连接服务商了。请在 Retry-After 之后重新发送；如果经常发生，请降低单实例的请求并发。',
  'egress-refused':
    '服务商不接受来自本代理所在国家或地区的请求，没有发送给它。请把代理部署到香港和内地以外的地域，或设置 EGRESS_GUARD=off 仍然发送。',
  'key-refused':
    '服务商拒绝了代理所用的密钥，而请求太大，无法保留下来再试一次。请重新发送：代理会换一把密钥。',
  'keys-invalid': '服务商拒绝了本代理的所有密钥。您的访问令牌是有效的；请代理的管理员检查密钥和上游设置。',
  'selftest-busy': '正在进行的自测已达上限。请等待 Retry-After 所说的时间。',
  'console-busy': '同时监听本实例请求的控制台已达上限。请关闭一个，或等待 Retry-After 所说的时间。',
  'shutting-down': '本实例正在关闭。请重新发送请求，另一个实例会处理它。',
  'connect-timeout': `没有在 CONNECT_TIMEOUT 内连上服务商。请检查上游设置和函数的公网访问。${BLOCKED}`,
  'upstream-timeout':
    '服务商没有及时响应。请使用流式（"stream": true）；如果函数本身可以运行更久，也可以调大 TIMEOUT。',
  'function-deadline': '函数到达了自己的时间上限。请调高 SCF 函数的超时（最多 900 秒），或请求更短的响应。',
  'idle-timeout': '服务商在响应中途超过 IDLE_TIMEOUT 没有发送任何内容，响应不完整。',
};
