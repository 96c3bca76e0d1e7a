import { keptPathOf } from '../../../src/proxy/owners/kept-collections';
import { keptObjectsOf, type KeptObjects } from '../../../src/proxy/owners/kept-objects';
import { JsonBody } from '../../../src/json/json-body';

function kept(request: string, body?: object): KeptObjects {
  const [method = '', target = ''] = request.split(' ');
  const [path = '', query] = target.split('?', 2);
  return keptObjectsOf({
    method,
    path,
    query: query === undefined ? '' : `?${query}`,
    json: body && new JsonBody(Buffer.from(JSON.stringify(body))),
  });
}

describe('the ids that a path names', () => {
  it.each([
    ['/v1/responses/resp_1', ['resp_1']],
    ['/v1/responses/resp_1/cancel', ['resp_1']],
    ['/v1/responses/resp_1/input_items', ['resp_1']],
    ['/responses/resp_1', ['resp_1']],
    ['/openai/v1/responses/resp_1', ['resp_1']],
    ['/v1/conversations/conv_1/items/msg_1', ['conv_1']],
    ['/v1/chat/completions/chatcmpl-1/messages', ['chatcmpl-1']],
    ['/v1/files/file-1/content', ['file-1']],
    ['/v1/batches/batch_1/cancel', ['batch_1']],
    ['/v1/videos/video_1/remix', ['video_1']],
    ['/v1/uploads/upload_1/parts', ['upload_1']],
    ['/v1/vector_stores/vs_1/files/file-1', ['vs_1', 'file-1']],
    ['/v1/vector_stores/vs_1/file_batches/vsfb_1/files', ['vs_1', 'vsfb_1']],
    ['/v1/fine_tuning/jobs/ftjob-1/events', ['ftjob-1']],
    ['/v1/containers/cntr_1/files/cfile_1/content', ['cntr_1', 'cfile_1']],
    ['/v1/assistants/asst_1', ['asst_1']],
    ['/v1/threads/thread_1/runs/run_1/steps', ['thread_1', 'run_1']],
    ['/v1/threads/thread_1/messages/msg_1', ['thread_1']],
    ['/v1/evals/eval_1/runs/evalrun_1/output_items', ['eval_1', 'evalrun_1']],
    ['/v1/realtime/calls/rtc_1/hangup', ['rtc_1']],
    ['/v1/models/ft:gpt-4o:acme::1', ['ft:gpt-4o:acme::1']],
    ['/v1/models/ft%3Agpt-4o%3Aacme%3A%3A1', ['ft:gpt-4o:acme::1']],
    ['/v1/messages/batches/msgbatch_1/results', ['msgbatch_1']],
    ['/v1/skills/skill_1/versions/2', ['skill_1']],
    ['/v1/sessions/sess_1/events', ['sess_1']],
    ['/v1beta/files/abc-1', ['abc-1']],
    ['/download/v1beta/files/abc-1:download', ['abc-1']],
    ['/v1beta/cachedContents/xyz', ['xyz']],
    ['/v1beta/batches/xyz:cancel', ['xyz']],
    ['/v1beta/operations/op1', ['op1']],
    ['/v1beta/models/veo-3/operations/op1', ['op1']],
    ['/v1beta/tunedModels/mine:generateContent', ['mine']],
    ['/v1beta/fileSearchStores/store1/documents/doc1', ['store1', 'doc1']],
    ['/v1beta/openai/batches/batches/xyz', ['xyz']],
    ['/v1beta/openai/batches/batches%2Fxyz', ['xyz']],
  ])('are found in %s: %j', (path, ids) => {
    expect(keptPathOf(path).ids).toEqual(ids);
  });

  it.each([
    ['/v1/responses'],
    ['/v1/responses/'],
    ['/v1/responses/compact'],
    ['/v1/responses/input_tokens'],
    ['/v1/chat/completions'],
    ['/v1/messages'],
    ['/v1/messages/count_tokens'],
    ['/v1/messages/batches'],
    ['/v1/threads/runs'],
    ['/v1/fine_tuning/jobs'],
    ['/v1/videos/edits'],
    ['/v1/videos/characters'],
    ['/v1/vector_stores/search'],
    ['/v1/realtime/client_secrets'],
    ['/v1/models/gpt-4o'],
    ['/v1beta/models/gemini-2.5-pro:generateContent'],
    ['/v1/files/two words'],
    [`/v1/files/${'x'.repeat(600)}`],
    ['/v1/files/%0a'],
    ['/files'],
    ['/'],
    [''],
  ])('are none for %s', (path) => {
    expect(keptPathOf(path).ids).toEqual([]);
  });

  it('are few for a hostile path, and found quickly', () => {
    expect(keptPathOf('/files/a'.repeat(2_000)).ids.length).toBeLessThanOrEqual(8);
  });
});

describe('the ids that a body names', () => {
  it.each([
    ['POST /v1/responses', { previous_response_id: 'resp_1', input: 'x' }, ['resp_1']],
    ['POST /v1/responses', { conversation: 'conv_1' }, ['conv_1']],
    ['POST /v1/responses', { conversation: { id: 'conv_1' } }, ['conv_1']],
    ['POST /v1/batches', { input_file_id: 'file-1', endpoint: '/v1/responses' }, ['file-1']],
    [
      'POST /v1/fine_tuning/jobs',
      { validation_file: 'file-2', training_file: 'file-1' },
      ['file-1', 'file-2'],
    ],
    ['POST /v1/vector_stores', { file_ids: ['file-1', 'file-2'] }, ['file-1', 'file-2']],
    ['POST /v1/vector_stores/vs_1/files', { file_id: 'file-1' }, ['vs_1', 'file-1']],
    ['POST /v1/threads/thread_1/runs', { assistant_id: 'asst_1' }, ['thread_1', 'asst_1']],
    ['POST /v1/videos/edits', { video: { id: 'video_1' }, prompt: 'x' }, ['video_1']],
    ['POST /v1/messages', { container: 'container_1', messages: [] }, ['container_1']],
    ['POST /v1/messages', { container: { id: 'container_1', skills: [] } }, ['container_1']],
    ['POST /v1beta/models/g:generateContent', { cachedContent: 'cachedContents/xyz' }, ['xyz']],
    ['POST /v1beta/interactions', { previous_interaction_id: 'int_1' }, ['int_1']],
    [
      'POST /v1/responses',
      { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'file-1' }] }] },
      ['file-1'],
    ],
    [
      'POST /v1/chat/completions',
      { messages: [{ role: 'user', content: [{ type: 'file', file: { file_id: 'file-1' } }] }] },
      ['file-1'],
    ],
    [
      'POST /v1/messages',
      { messages: [{ role: 'user', content: [{ source: { type: 'file', file_id: 'file_1' } }] }] },
      ['file_1'],
    ],
    [
      'POST /v1beta/models/g:generateContent',
      { contents: [{ parts: [{ fileData: { fileUri: 'https://google.example/v1beta/files/abc' } }] }] },
      ['abc'],
    ],
    [
      'POST /v1beta/models/g:generateContent',
      { contents: [], tools: [{ fileSearch: { fileSearchStoreNames: ['fileSearchStores/s1'] } }] },
      ['s1'],
    ],
    ['POST /v1/responses', { tools: [{ type: 'file_search', vector_store_ids: ['vs_1'] }] }, ['vs_1']],
    ['POST /v1/responses', { tools: [{ type: 'code_interpreter', container: 'cntr_1' }] }, ['cntr_1']],
    [
      'POST /v1/responses',
      { tools: [{ type: 'code_interpreter', container: { type: 'auto', file_ids: ['file-1'] } }] },
      ['file-1'],
    ],
    [
      'POST /v1/responses',
      { tools: [{ type: 'image_generation', input_image_mask: { file_id: 'file-1' } }] },
      ['file-1'],
    ],
    [
      'POST /v1/responses',
      { tools: [{ type: 'shell', environment: { skills: [{ skill_id: 'skill_1' }] } }] },
      ['skill_1'],
    ],
    [
      'POST /v1/images/edits',
      { images: [{ file_id: 'file-1' }], mask: { file_id: 'file-2' }, prompt: 'x' },
      ['file-1', 'file-2'],
    ],
    ['POST /v1/videos', { input_reference: { file_id: 'file-1' }, prompt: 'x' }, ['file-1']],
    [
      'POST /v1/messages',
      { container: { skills: [{ type: 'custom', skill_id: 'skill_1', version: 'latest' }] } },
      ['skill_1'],
    ],
    [
      'POST /v1/messages/batches',
      { requests: [{ params: { messages: [{ content: [{ source: { file_id: 'file_1' } }] }] } }] },
      ['file_1'],
    ],
    [
      'POST /v1/messages/batches',
      { requests: [{ params: { container: { skills: [{ skill_id: 'skill_1' }] } } }] },
      ['skill_1'],
    ],
    [
      'POST /v1beta/models/g:batchGenerateContent',
      { batch: { inputConfig: { fileName: 'files/abc' } } },
      ['abc'],
    ],
    [
      'POST /v1beta/models/g:batchGenerateContent',
      { batch: { input_config: { file_name: 'files/abc' } } },
      ['abc'],
    ],
    [
      'POST /v1beta/models/g:batchGenerateContent',
      { batch: { requests: [{ contents: [{ parts: [{ fileData: { fileUri: 'files/abc' } }] }] }] } },
      ['abc'],
    ],
    ['POST /v1/assistants', { tool_resources: { code_interpreter: { file_ids: ['file-1'] } } }, ['file-1']],
  ])('are found in %s %j: %j', (request, body, ids) => {
    expect(kept(request, body).allIds()).toEqual(ids);
  });

  it.each([
    [{ previous_response_id: null, conversation: 7, file_ids: {} }],
    [{ previous_response_id: 'two words' }],
    [{ file_id: `file-${'x'.repeat(2_000)}` }],
    [{ file_ids: Array.from({ length: 9_000 }, () => 'file-1') }], // more than is read
    [{ messages: [{ role: 'user', content: '"file_id": "file-1"' }] }], // a user's words
    [{ tools: [{ function: { parameters: { properties: { container: { type: 'string' } } } } }] }],
    [{ metadata: { file_id: 'file-1' } }],
  ])('are none in %j', (body) => {
    const { ids, allIds, verified: proven, makes } = kept('POST /v1/chat/completions', body);
    expect([ids, allIds(), proven, makes]).toEqual([[], [], [], false]);
  });

  it('are searched in messages only on request, and at both ends of long ones', () => {
    const file = (id: string) => ({ role: 'user', content: [{ type: 'input_file', file_id: id }] });
    const long = { role: 'user', content: 'x'.repeat(300_000) };
    const input = [file('file-1'), long, file('file-2'), long, file('file-3')];
    expect(kept('POST /v1/responses', { input }).allIds()).toEqual(['file-1', 'file-3']);
    expect(kept('POST /v1/responses', { input }).ids).toEqual([]);
  });

  it('are at most eight', () => {
    expect(
      kept('POST /v1/vector_stores', { file_ids: [1, 2, 3, 4, 5, 6, 7, 8, 9].map((n) => `file-${n}`) }).ids,
    ).toHaveLength(8);
  });

  it('are in the query of a call’s WebSocket and of a resumable upload', () => {
    expect(kept('GET /v1/realtime?model=m&call_id=rtc_1').ids).toEqual(['rtc_1']);
    expect(kept('PUT /upload/v1beta/files?upload_id=UP-1&upload_protocol=resumable').ids).toEqual(['UP-1']);
  });
});

describe('the page of a list', () => {
  it.each([
    ['GET /v1/batches?limit=2&after=batch_1', ['batch_1']],
    ['GET /v1/fine_tuning/jobs?before=ftjob-1', ['ftjob-1']],
    ['GET /v1/messages/batches?after_id=msgbatch_1&limit=2', ['msgbatch_1']],
    ['GET /v1/messages/batches?before_id=msgbatch_1', ['msgbatch_1']],
    ['GET /v1/evals/eval_1/runs?after=evalrun_1', ['eval_1', 'evalrun_1']],
    ['POST /v1/batches?after=batch_1', []],
    ['GET /v1/models?after_id=claude-1', []], // which every key has
    ['GET /v1/responses/resp_1?starting_after=5', ['resp_1']],
  ])('names the object where it begins: %s %j', (request, ids) => {
    expect(kept(request).ids).toEqual(ids);
  });
});

describe('the ids whose owner a success proves', () => {
  it.each([
    ['GET /v1/files/file-1', undefined, ['file-1']],
    ['POST /v1/responses', { previous_response_id: 'resp_1', conversation: 'conv_1' }, ['resp_1', 'conv_1']],
    // A member that the endpoint does not know says nothing of whose the object is, and neither does a query.
    ['POST /v1/chat/completions', { previous_response_id: 'resp_1', file_id: 'file-1' }, []],
    ['POST /v1/responses', { file_id: 'file-1', tools: [{ vector_store_ids: ['vs_1'] }] }, []],
    ['GET /v1/models?call_id=rtc_1', undefined, []],
  ])('are found in %s %j: %j', (request, body, proven) => {
    expect(kept(request, body).verified).toEqual(proven);
  });
});

describe('a request', () => {
  it.each([
    ['POST /v1/responses', { input: 'x' }],
    ['POST /v1/responses', undefined],
    ['POST /v1/chat/completions', { store: true }],
    ['POST /v1/conversations', {}],
    ['POST /v1/files', undefined],
    ['POST /upload/v1beta/files', undefined],
    ['PUT /upload/v1beta/files?upload_id=U', undefined],
    ['POST /v1/batches', {}],
    ['POST /v1/messages/batches', {}],
    ['POST /v1/videos', {}],
    ['POST /v1/videos/video_1/remix', {}],
    ['POST /v1/uploads/upload_1/complete', {}],
    ['POST /v1/threads/runs', {}],
    ['POST /v1/realtime/calls', undefined],
    ['POST /v1beta/cachedContents', {}],
    ['POST /v1beta/models/veo-3:predictLongRunning', {}],
    ['POST /v1beta/models/gemini:batchGenerateContent', {}],
    ['GET /v1/batches/batch_1', undefined], // its files
  ])('makes an object if it is %s %j', (request, body) => {
    expect(kept(request, body).makes).toBe(true);
  });

  it.each([
    ['POST /v1/responses', { store: false }],
    ['POST /v1/chat/completions', {}],
    ['POST /v1/chat/completions', { store: false }],
    ['POST /v1/messages', {}],
    ['POST /v1/completions', {}],
    ['POST /v1/complete', {}],
    ['POST /v1/images/edits', {}],
    ['POST /v1/embeddings', { input: 'x' }],
    ['POST /v1beta/models/gemini:generateContent', { contents: [] }],
    ['GET /v1/files', undefined],
    ['GET /v1/responses/resp_1', undefined],
    ['DELETE /v1/files/file-1', undefined],
    ['POST /v1/responses/resp_1/cancel', undefined],
  ])('makes no object if it is %s %j', (request, body) => {
    expect(kept(request, body).makes).toBe(false);
  });
});
