{{/* Combinations that would render and then not work; each is refused with a sentence. */}}
{{- define "release-gateway.validate" -}}
{{- $listen := include "release-gateway.listen" . -}}
{{- $admin := include "release-gateway.adminListen" . -}}
{{- $replicas := include "release-gateway.replicaMaximum" . | int -}}
{{- range $name, $source := .Values.credentials -}}
{{- if not (kindIs "invalid" $source) -}}
{{- $kinds := list -}}
{{- range $kind := list "existingSecret" "inline" "externalSecret" "csi" -}}
{{- if get $source $kind }}{{ $kinds = append $kinds $kind }}{{ end -}}
{{- end -}}
{{- if ne (len $kinds) 1 -}}
{{- fail (printf "credentials.%s needs one of existingSecret, inline, externalSecret and csi, and has %s: set the others to null." $name (join " and " $kinds | default "none")) -}}
{{- end -}}
{{- range $other := $.Values.config.credentials -}}
{{- if eq $other.name $name }}{{ fail (printf "config.credentials names %s, which credentials.%s makes already." $name $name) }}{{ end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if not .Values.identity.token.enabled -}}
{{- range $credential := .Values.config.credentials -}}
{{- range $kind := list "oidcAgency" "federation" -}}
{{- $file := (((get $credential $kind) | default dict).idToken | default dict).file | default "" -}}
{{- if hasPrefix "/var/run/secrets/release-gateway-identity/" $file -}}
{{- fail (printf "config.credentials: %s reads %s, which is there with identity.token.enabled: true." $credential.name $file) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if include "release-gateway.isLoopback" $admin -}}
{{- fail (printf "config.server.adminListen is %s, where no probe of the kubelet arrives." $admin) -}}
{{- end -}}
{{- if eq (include "release-gateway.port" $listen) (include "release-gateway.port" $admin) -}}
{{- fail (printf "config.server.listen and config.server.adminListen have the same port, %s." (include "release-gateway.port" $admin)) -}}
{{- end -}}
{{- if include "release-gateway.isLoopback" $listen -}}
{{- range $what := list (and .Values.ingress.enabled "ingress") (and .Values.httpRoute.enabled "httpRoute") (and (ne .Values.service.type "ClusterIP") (printf "service.type %s" .Values.service.type)) -}}
{{- if $what -}}
{{- fail (printf "%s needs callers to be let in: give config.auth.apiKeys, accessKeys or tokenIssuers, or write config.auth.anonymous: true; until then the API listens on %s." $what $listen) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.networkPolicy.enabled (not .Values.networkPolicy.ingress.from) (or .Values.ingress.enabled .Values.httpRoute.enabled) -}}
{{- fail "networkPolicy.ingress.from must name who serves the ingress or httpRoute: without it only pods of this namespace reach the API." -}}
{{- end -}}
{{- if and .Values.metrics.serviceMonitor.enabled .Values.metrics.podMonitor.enabled -}}
{{- fail "metrics.serviceMonitor and metrics.podMonitor would scrape every pod twice: enable one of them." -}}
{{- end -}}
{{- if and .Values.autoscaling.enabled (gt (int .Values.autoscaling.minReplicas) (int .Values.autoscaling.maxReplicas)) -}}
{{- fail "autoscaling.minReplicas is greater than autoscaling.maxReplicas." -}}
{{- end -}}
{{- $rate := .Values.config.upstream.maxCallsPerSecond | int -}}
{{- if and (gt $rate 0) (lt $rate $replicas) -}}
{{- fail (printf "config.upstream.maxCallsPerSecond is %d for %d replicas: less than one call a second for each cannot be divided." $rate $replicas) -}}
{{- end -}}
{{- if and .Values.tokenKey.existingSecret .Values.config.pages.tokenKey -}}
{{- fail "tokenKey.existingSecret and config.pages.tokenKey both say where the key of page tokens is: give one of them." -}}
{{- end -}}
{{- with ((.Values.resources).limits).memory -}}
{{- $limit := include "release-gateway.bytes" . | int64 -}}
{{- if lt $limit 134217728 -}}
{{- fail (printf "resources.limits.memory is %s, and the gateway needs 128Mi." (toString .)) -}}
{{- end -}}
{{- with $.Values.config.server.memoryBudget -}}
{{- if gt (mul 4 (include "release-gateway.bytes" . | int64)) (mul 3 $limit) -}}
{{- fail (printf "config.server.memoryBudget is %s, more than three quarters of resources.limits.memory: the rest is needed for code, threads and answers." (toString .)) -}}
{{- end -}}
{{- end -}}
{{- end -}}
{{- if and .Values.tokenKey.existingSecret (eq .Values.tokenKey.existingSecret (printf "%s-page-tokens" (include "release-gateway.fullname" .))) -}}
{{- fail "tokenKey.existingSecret is the name of the Secret that the chart makes: give yours another, or leave it empty." -}}
{{- end -}}
{{- end -}}
