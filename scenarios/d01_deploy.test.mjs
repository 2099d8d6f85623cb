// What deploy/ offers is what the program and the machine take: names of settings, units, manifests, the proxy.
import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { parseAllDocuments } from 'yaml'
import { PASSWORD } from './lib/client.mjs'
import { Nginx } from './lib/nginx.mjs'
import { Service, docket, root, sample } from './lib/service.mjs'

const deploy = join(root, 'deploy')
const all = (folder = deploy) => readdirSync(folder, { withFileTypes: true }).flatMap((e) => (e.isDirectory() ? all(join(folder, e.name)) : [join(folder, e.name)]))
const read = (...path) => readFileSync(join(deploy, ...path), 'utf8')
const have = (program) => spawnSync('sh', ['-c', `command -v ${program}`]).status === 0
const missing = (t, program) => {
  if (have(program)) return false
  if (process.env.CI) throw new Error(`${program} is not installed: tools/bootstrap --test`)
  t.skip(`${program} is not installed`)
  return true
}
const units = all().filter((f) => f.endsWith('.service'))
const manifests = all().filter((f) => f.endsWith('.yaml')).flatMap((f) => parseAllDocuments(readFileSync(f, 'utf8')).map((d) => d.toJS()))

test('every setting that deploy/ names exists', () => {
  const known = new Set()
  let section = ''
  for (const line of spawnSync(docket, ['config'], { encoding: 'utf8', env: { PATH: process.env.PATH } }).stdout.split('\n')) {
    section = /^\[(\w+)\]/.exec(line)?.[1] ?? section
    const key = /^(\w+) =/.exec(line)?.[1]
    if (key) known.add(`${section}.${key}`)
  }
  assert.ok(known.size > 50)
  const named = new Set()
  const settings = (text) => {
    let section = ''
    for (const line of text.split('\n')) {
      section = /^\s*\[(\w+)\]/.exec(line)?.[1] ?? section
      const key = /^\s*(\w+) = /.exec(line)?.[1]
      if (key) named.add(`${section}.${key}`)
    }
  }
  for (const file of all().filter((f) => f.endsWith('.conf') && !f.includes('nginx'))) settings(readFileSync(file, 'utf8'))
  for (const m of manifests.filter((m) => m.kind === 'ConfigMap')) for (const text of Object.values(m.data)) settings(text)
  const environment = new Map([...known].map((k) => [`DOCKET_${k.replace('.', '_').toUpperCase()}`, k]))
  const flags = new Map([...known].map((k) => [k.replaceAll(/[._]/g, '-'), k]))
  for (const short of ['config', 'data', 'listen', 'admin', 'storage', 'blobs', 'rows-only']) flags.set(short, 'a flag')
  for (const file of all()) {
    const text = readFileSync(file, 'utf8')
    for (const [name] of text.matchAll(/\bDOCKET_\w+/g)) named.add(environment.get(name) ?? name)
    for (const [, words] of text.matchAll(/(?:bin\/docket |exec docket |args: \[|CMD \[)(.*)$/gm))
      for (const [, flag] of words.matchAll(/--([a-z][a-z-]*)/g)) named.add(flags.get(flag) ?? `--${flag}`)
  }
  for (const name of named) if (name !== 'a flag') assert.ok(known.has(name), `${name} is no setting`)
  assert.ok(named.has('general.storage') && named.has('api.public_url') && named.has('worker.slots'))
})

test('commands that deploy/ runs exist', () => {
  const commands = new Set([...spawnSync(docket, ['--help'], { encoding: 'utf8' }).stdout.matchAll(/^ {2}(\w+) /gm)].map((m) => m[1]))
  const run = manifests.flatMap((m) => m.spec?.template?.spec?.containers ?? []).flatMap((c) => (c.args ? [c.args[0]] : []))
  const started = units.flatMap((f) => [...readFileSync(f, 'utf8').matchAll(/bin\/docket (\w+)/g)].map((m) => m[1]))
  for (const c of [...run, ...started, 'api', 'worker', 'inference']) assert.ok(commands.has(c), `docket ${c}`)
})

for (const unit of units) {
  const name = unit.split('/').at(-1)
  test(`${name} is a unit that opens little (at most 2.5 of 10)`, (t) => {
    if (missing(t, 'systemd-analyze')) return
    // the program as it will be installed, so that what is verified is the unit
    const folder = mkdtempSync(join(tmpdir(), 'docket-units-'))
    try {
      for (const file of all(join(deploy, 'systemd'))) cpSync(file, join(folder, file.split('/').at(-1)))
      writeFileSync(join(folder, name), readFileSync(unit, 'utf8').replaceAll('/usr/local/bin/docket', docket))
      const verified = spawnSync('systemd-analyze', ['verify', '--man=no', join(folder, name.replace('@', '@api'))], { encoding: 'utf8' })
      assert.equal((verified.stdout + verified.stderr).trim(), '')
    } finally { rmSync(folder, { recursive: true }) }
    const judged = spawnSync('systemd-analyze', ['security', '--offline=true', '--no-pager', '--threshold=25', unit], { encoding: 'utf8' })
    const exposure = Number(/exposure level for \S+: ([\d.]+)/.exec(judged.stdout)?.[1])
    assert.ok(exposure <= 2.5 && judged.status === 0, `${exposure}\n${judged.stdout}`)
  })
}

test('a node of a cluster is started again for as long as its database is away', () => {
  const unit = read('systemd', 'docket@.service')
  assert.match(unit, /^Restart=always$/m)
  assert.match(unit, /^StartLimitIntervalSec=0$/m)
})

test('who reads secrets from storage is given the key that they are sealed with', () => {
  const [, path] = /^\s*key_file = (\S+)$/m.exec(manifests.filter((m) => m.kind === 'ConfigMap').flatMap((m) => Object.values(m.data)).join('\n'))
  const made = [...read('kubernetes', 'cluster.yaml').matchAll(/create secret generic (\S+) --from-(?:file|env-file)=(\S+)/g)]
  const readers = manifests.filter((m) => m.kind === 'Deployment').map((m) => m.spec.template.spec).filter((s) => /^(api|worker)$/.test(s.containers[0].args[0]))
  assert.equal(readers.length, 2)
  for (const { containers: [c], volumes } of readers) {
    const mount = c.volumeMounts.find((m) => path.startsWith(`${m.mountPath}/`))
    assert.ok(mount?.readOnly, `${c.name}: ${path}`)
    const { secretName, defaultMode } = volumes.find((v) => v.name === mount.name).secret
    assert.equal(defaultMode, 0o440, 'its group is that of the pod')
    assert.ok(made.some(([, name, file]) => name === secretName && path === `${mount.mountPath}/${file}`), `nobody makes ${secretName}`)
    for (const { secretRef } of c.envFrom) assert.ok(made.some(([, name]) => name === secretRef.name), secretRef.name)
  }
  // and who speaks to inference, and inference itself, the key of that line, which is another
  const [, line] = /^\s*\[inference\][^[]*^\s*key_file = (\S+)$/m.exec(manifests.filter((m) => m.kind === 'ConfigMap').flatMap((m) => Object.values(m.data)).join('\n'))
  const speakers = manifests.filter((m) => m.kind === 'Deployment').map((m) => m.spec.template.spec).filter((s) => /^(inference|worker)$/.test(s.containers[0].args[0]))
  assert.equal(speakers.length, 2)
  for (const { containers: [c], volumes } of speakers) {
    const mount = c.volumeMounts.find((m) => line.startsWith(`${m.mountPath}/`)), { secret } = volumes.find((v) => v.name === mount?.name)
    assert.ok(mount.readOnly && secret.defaultMode === 0o440, c.name)
    assert.ok(made.some(([, name, file]) => name === secret.secretName && line === `${mount.mountPath}/${file}`), `nobody makes ${secret.secretName}`)
    if (c.name === 'inference') assert.ok(!c.envFrom && !c.volumeMounts.some((m) => path.startsWith(`${m.mountPath}/`)), 'inference knows no other secret')
  }
  const unit = read('systemd', 'docket@.service')
  const [, name, from] = /^LoadCredential=(\S+):(\S+)$/m.exec(unit)
  assert.match(unit, new RegExp(`^Environment=DOCKET_STORAGE_KEY_FILE=%d/${name}$`, 'm'))
  // as an administrator is told to make it, it is one that the program takes
  const [, make] = new RegExp(`^# {3}(openssl .*) \\| install .* ${from}\\b`, 'm').exec(unit)
  const folder = mkdtempSync(join(tmpdir(), 'docket-key-'))
  try {
    const key = join(folder, name)
    writeFileSync(key, spawnSync('sh', ['-c', make]).stdout, { mode: 0o440 })
    const { status, stdout, stderr } = spawnSync(docket, ['migrate', '--data', folder, '--storage-key-file', key], { encoding: 'utf8' })
    assert.equal(status, 0, stdout + stderr)
  } finally { rmSync(folder, { recursive: true }) }
})

test('the units allow every system call that reading a paper takes', async (t) => {
  if (missing(t, 'systemd-analyze') || missing(t, 'strace')) return
  const sets = new Map()
  let set = ''
  for (const line of spawnSync('systemd-analyze', ['syscall-filter', '--no-pager'], { encoding: 'utf8' }).stdout.split('\n')) {
    if (/^@/.test(line)) sets.set((set = line.trim()), [])
    else if (/^ {4}[@\w]/.test(line)) sets.get(set).push(line.trim())
  }
  const members = (name) => (name.startsWith('@') ? sets.get(name).flatMap(members) : [name])
  const allowed = new Set()
  for (const [, words] of read('systemd', 'docket.service').matchAll(/^SystemCallFilter=(.*)$/gm)) {
    const take = words.startsWith('~')
    for (const call of words.replace('~', '').split(' ').flatMap(members)) take ? allowed.delete(call) : allowed.add(call)
  }
  const folder = mkdtempSync(join(tmpdir(), 'docket-calls-'))
  const out = join(folder, 'calls')
  const child = spawn('strace', ['-f', '-qq', '-o', out, '-e', 'signal=none', docket, 'read', '--format', 'json', join(root, 'samples', 'receipt-en.png')], { stdio: ['ignore', 'ignore', 'pipe'] })
  let said = ''
  child.stderr.on('data', (d) => { said += d })
  const [status] = await once(child, 'exit')
  if (status !== 0 && /ptrace|PTRACE/.test(said)) { rmSync(folder, { recursive: true }); t.skip('nothing may be traced here'); return }
  try {
    assert.equal(status, 0, said)
    const used = new Set([...readFileSync(out, 'utf8').matchAll(/^\d+ +(\w+)\(/gm)].map((m) => m[1]))
    assert.ok(used.has('seccomp') && used.has('landlock_restrict_self'), 'the sandbox was closed')
    assert.deepEqual([...used].filter((call) => !allowed.has(call) && call !== 'exit_group').sort(), [])
  } finally { rmSync(folder, { recursive: true }) }
})

test('the manifests are what Kubernetes and KEDA take', async () => {
  let seen = 0
  for (const m of manifests) {
    const keda = m.apiVersion.startsWith('keda.sh/')
    const place = `${keda ? '@kubernetes-models/keda' : 'kubernetes-models'}/${m.apiVersion}/${m.kind}`
    const { [m.kind]: Model } = await import(place)
    assert.doesNotThrow(() => new Model(m).validate(), `${m.kind} ${m.metadata.name}`)
    seen++
  }
  assert.ok(seen >= 15)
})

// The validator above lets unknown names pass; the compiler does not.
test('the manifests name no field that does not exist', (t) => {
  const tsc = join(root, 'frontend/node_modules/typescript/bin/tsc')
  if (!existsSync(tsc)) { t.skip('no TypeScript: npm ci in frontend/'); return }
  const folder = mkdtempSync(join(root, 'scenarios/.manifests-'))
  try {
    const lines = manifests.map((m, i) => {
      const from = `${m.apiVersion.startsWith('keda.sh/') ? '@kubernetes-models/keda' : 'kubernetes-models'}/${m.apiVersion}/${m.kind}`
      return `import type { I${m.kind} as T${i} } from ${JSON.stringify(from)}\nexport const m${i}: T${i} = ${JSON.stringify(m)}`
    })
    writeFileSync(join(folder, 'manifests.ts'), lines.join('\n'))
    const { status, stdout } = spawnSync(process.execPath, [tsc, '--noEmit', '--strict', '--skipLibCheck', '--module', 'esnext', '--moduleResolution', 'bundler', '--target', 'es2022', join(folder, 'manifests.ts')], { encoding: 'utf8' })
    assert.equal(status, 0, stdout)
  } finally { rmSync(folder, { recursive: true }) }
})

test('manifests hold together: selectors find pods, ports have names, pods are closed', () => {
  const pods = manifests.flatMap((m) => (m.spec?.jobTemplate ? [m.spec.jobTemplate.spec.template] : m.spec?.template ? [m.spec.template] : []))
  const fits = (labels, pod) => Object.entries(labels ?? {}).every(([k, v]) => pod.metadata.labels[k] === v)
  for (const m of manifests) {
    const labels = m.kind === 'Service' ? m.spec.selector : m.kind === 'NetworkPolicy' ? m.spec.podSelector.matchLabels : m.spec?.selector?.matchLabels
    if (labels) assert.ok(pods.some((p) => fits(labels, p)), `${m.kind} ${m.metadata.name} selects nothing`)
    for (const { targetPort } of m.kind === 'Service' ? m.spec.ports : [])
      assert.ok(pods.some((p) => fits(labels, p) && p.spec.containers.some((c) => c.ports?.some((port) => port.name === targetPort))), `${m.metadata.name}: ${targetPort}`)
    for (const target of [m.spec?.scaleTargetRef?.name].filter(Boolean)) assert.ok(manifests.some((d) => d.kind === 'Deployment' && d.metadata.name === target), target)
  }
  for (const { spec } of pods) {
    assert.equal(spec.securityContext.runAsNonRoot, true)
    assert.equal(spec.automountServiceAccountToken, false)
    for (const c of spec.containers) {
      assert.deepEqual(c.securityContext, { allowPrivilegeEscalation: false, readOnlyRootFilesystem: true, capabilities: { drop: ['ALL'] } })
      assert.ok(c.resources.limits.memory && c.resources.requests.cpu)
      // What is asked may take a moment where there is much to do: nobody is to be ended for that.
      for (const [probe, path, seconds] of [['livenessProbe', '/healthz', 5], ['readinessProbe', '/readyz', 2]])
        if (c.ports) assert.ok(c[probe].httpGet.path === path && c[probe].timeoutSeconds >= seconds, `${c.name}: ${probe}`)
    }
  }
  for (const metric of read('kubernetes', 'cluster.yaml').matchAll(/\bdocket_\w+/g))
    assert.match(readFileSync(join(root, 'docs/metrics.md'), 'utf8'), new RegExp(`\`${metric[0]}\``), metric[0])
})

test('nginx takes the example, and people get through it by TLS', async (t) => {
  const service = await Service.start({ DOCKET_API_PUBLIC_URL: 'https://docket.example', DOCKET_API_PROXIES: '1' })
  let nginx
  try {
    nginx = await Nginx.start([service.port])
    if (!nginx) return t.skip('nginx is not installed')
    await service.until('nginx answers', async () => (await nginx.ask('GET', '/session').catch(() => null))?.status === 401)
    const moved = await fetch(`http://127.0.0.1:${nginx.plain}/app`, { redirect: 'manual', headers: { host: 'docket.example' } })
    assert.equal(moved.status, 308)
    assert.equal((await fetch(`http://127.0.0.1:${nginx.plain}/session`, { redirect: 'manual', headers: { host: 'docket.example' } })).status, 403, 'a program without TLS notices')
    const json = { 'content-type': 'application/json', origin: 'https://docket.example' }
    const signed = await nginx.ask('POST', '/signup', JSON.stringify({ email: 'proxied@example.org', password: PASSWORD, locale: 'en' }), json)
    assert.equal(signed.status, 201, signed.text)
    assert.match(String(signed.headers['set-cookie']), /__Host-.*Secure/)
    assert.equal(signed.headers['strict-transport-security'], 'max-age=31536000; includeSubDomains')
    const logged = await nginx.ask('POST', '/login', JSON.stringify({ email: 'proxied@example.org', password: PASSWORD }), { 'content-type': 'application/json' })
    const bearer = { authorization: `Bearer ${JSON.parse(logged.text).token}` }
    const uploaded = await nginx.ask('POST', '/upload', sample('receipt-en.png'), { ...bearer, 'content-type': 'image/png' })
    assert.equal(uploaded.status, 202, uploaded.text)
    await nginx.ask('GET', '/calendar/SECRET-OF-A-FEED')
    await service.until('the proxy has logged', () => nginx.accessLog().includes('/upload'))
    assert.doesNotMatch(nginx.accessLog(), /SECRET-OF-A-FEED/)
  } finally {
    await nginx?.end()
    await service.end()
  }
})
