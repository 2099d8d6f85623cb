// What the operator's page draws, computed from two answers of GET /admin/overview. Pure.
import type { Overview } from '../api/types'

type Series = Overview['metrics'][string]
export interface Sample { at: number; metrics: Overview['metrics'] }
type Labels = Record<string, string>

const matching = (metrics: Overview['metrics'], name: string, where: Labels): Series =>
  (metrics[name] ?? []).filter((s) => Object.entries(where).every(([k, v]) => s.labels[k] === v))

export const total = (metrics: Overview['metrics'], name: string, where: Labels = {}): number =>
  matching(metrics, name, where).reduce((sum, s) => sum + (s.value ?? s.count ?? 0), 0)

// Per second. A counter that fell belongs to a process that was started again: what it has is all new.
export const rate = (before: Sample, after: Sample, name: string, where: Labels = {}): number => {
  const seconds = (after.at - before.at) / 1000
  const now = total(after.metrics, name, where), then = total(before.metrics, name, where)
  return seconds > 0 ? (now < then ? now : now - then) / seconds : 0
}

// The bound under which the share `q` of what came between two samples lies; null when nothing came.
export const quantile = (before: Sample, after: Sample, name: string, q: number, where: Labels = {}): number | null => {
  const counts = new Map<number, number>()
  let all = 0
  const add = (series: Series, sign: number) => {
    for (const s of series) {
      all += sign * (s.count ?? 0)
      for (const [bound, n] of (s.buckets ?? []) as [number, number][]) counts.set(bound, (counts.get(bound) ?? 0) + sign * n)
    }
  }
  add(matching(after.metrics, name, where), 1)
  add(matching(before.metrics, name, where), -1)
  if (all <= 0) return null
  let low = 0, under = 0
  for (const [bound, n] of [...counts].sort(([a], [b]) => a - b)) {
    if (n >= q * all) return n > under ? low + ((q * all - under) / (n - under)) * (bound - low) : bound
    low = bound
    under = n
  }
  return low
}

// [label's value, sum] of a metric, largest first.
export const by = (metrics: Overview['metrics'], name: string, label: string): [string, number][] => {
  const sums = new Map<string, number>()
  for (const s of metrics[name] ?? []) sums.set(s.labels[label] ?? '', (sums.get(s.labels[label] ?? '') ?? 0) + (s.value ?? s.count ?? 0))
  return [...sums].filter(([, n]) => n > 0).sort(([, a], [, b]) => b - a)
}

// A line through values for an SVG of that size, newest at the right edge; gaps where there is no value.
export const line = (values: (number | null)[], width: number, height: number, slots: number): string => {
  const most = Math.max(1e-9, ...values.map((v) => v ?? 0))
  let path = '', down = false
  values.forEach((v, i) => {
    if (v === null) { down = false; return }
    const x = width - ((values.length - 1 - i) / (slots - 1)) * width
    path += `${down ? 'L' : 'M'}${x.toFixed(1)} ${(height - (v / most) * (height - 2) - 1).toFixed(1)}`
    down = true
  })
  return path
}
