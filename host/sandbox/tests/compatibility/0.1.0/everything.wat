;; A component of contract 0.1.0. It calls every function of the contract.
;; Made once by wasm-tools out of a module with names, and printed; it is never made anew, since what it proves is that it goes on running.
(component
  (type $ty-podweave:plugin/inputs@0.1.0 (;0;)
    (instance
      (type (;0;) (list string))
      (type (;1;) (func (result 0)))
      (export (;0;) "config-maps" (func (type 1)))
      (type (;2;) (func (param "config-map" string) (result 0)))
      (export (;1;) "keys" (func (type 2)))
      (type (;3;) (func (param "config-map" string) (param "key" string) (result string)))
      (export (;2;) "require" (func (type 3)))
      (type (;4;) (option string))
      (type (;5;) (func (param "config-map" string) (param "key" string) (result 4)))
      (export (;3;) "find" (func (type 5)))
      (type (;6;) (list u8))
      (type (;7;) (func (param "config-map" string) (param "key" string) (result 6)))
      (export (;4;) "require-bytes" (func (type 7)))
      (type (;8;) (option 6))
      (type (;9;) (func (param "config-map" string) (param "key" string) (result 8)))
      (export (;5;) "find-bytes" (func (type 9)))
      (type (;10;) (func (result string)))
      (export (;6;) "params" (func (type 10)))
      (type (;11;) (func (result 4)))
      (export (;7;) "pod-name" (func (type 11)))
      (export (;8;) "pod-uid" (func (type 11)))
      (export (;9;) "node-name" (func (type 11)))
      (export (;10;) "pod-namespace" (func (type 10)))
      (export (;11;) "service-account" (func (type 10)))
      (export (;12;) "container-name" (func (type 10)))
      (export (;13;) "image" (func (type 10)))
      (type (;12;) (func (param "key" string) (result 4)))
      (export (;14;) "label" (func (type 12)))
      (export (;15;) "annotation" (func (type 12)))
      (export (;16;) "node-label" (func (type 12)))
      (type (;13;) (option 0))
      (type (;14;) (func (result 13)))
      (export (;17;) "command" (func (type 14)))
      (export (;18;) "args" (func (type 14)))
      (type (;15;) (option u16))
      (type (;16;) (func (param "name" string) (result 15)))
      (export (;19;) "port" (func (type 16)))
      (type (;17;) (func (param "name" string) (result 4)))
      (export (;20;) "resource-request" (func (type 17)))
      (export (;21;) "resource-limit" (func (type 17)))
    )
  )
  (import "podweave:plugin/inputs@0.1.0" (instance $podweave:plugin/inputs@0.1.0 (;0;) (type $ty-podweave:plugin/inputs@0.1.0)))
  (type $ty-podweave:plugin/outputs@0.1.0 (;1;)
    (instance
      (type (;0;) (func (param "name" string) (param "value" string)))
      (export (;0;) "env" (func (type 0)))
      (export (;1;) "expand-env" (func (type 0)))
      (type (;1;) (func (param "arg" string)))
      (export (;2;) "append-arg" (func (type 1)))
      (type (;2;) (list string))
      (type (;3;) (func (param "args" 2)))
      (export (;3;) "replace-args" (func (type 3)))
      (type (;4;) (func (param "path" string) (param "contents" string)))
      (export (;4;) "file" (func (type 4)))
      (type (;5;) (list u8))
      (type (;6;) (func (param "path" string) (param "contents" 5)))
      (export (;5;) "file-bytes" (func (type 6)))
      (type (;7;) (func (param "path" string) (param "mode" u32)))
      (export (;6;) "file-mode" (func (type 7)))
    )
  )
  (import "podweave:plugin/outputs@0.1.0" (instance $podweave:plugin/outputs@0.1.0 (;1;) (type $ty-podweave:plugin/outputs@0.1.0)))
  (type $ty-podweave:plugin/log@0.1.0 (;2;)
    (instance
      (type (;0;) (func (param "message" string)))
      (export (;0;) "debug" (func (type 0)))
      (export (;1;) "info" (func (type 0)))
      (export (;2;) "warn" (func (type 0)))
      (export (;3;) "error" (func (type 0)))
    )
  )
  (import "podweave:plugin/log@0.1.0" (instance $podweave:plugin/log@0.1.0 (;2;) (type $ty-podweave:plugin/log@0.1.0)))
  (core module $main (;0;)
    (type (;0;) (func (param i32)))
    (type (;1;) (func (param i32 i32 i32)))
    (type (;2;) (func (param i32 i32 i32 i32 i32)))
    (type (;3;) (func (param i32 i32 i32 i32)))
    (type (;4;) (func (param i32 i32)))
    (type (;5;) (func (param i32 i32 i32 i32) (result i32)))
    (type (;6;) (func))
    (type (;7;) (func (result i32)))
    (import "podweave:plugin/inputs@0.1.0" "config-maps" (func $config-maps (;0;) (type 0)))
    (import "podweave:plugin/inputs@0.1.0" "keys" (func $keys (;1;) (type 1)))
    (import "podweave:plugin/inputs@0.1.0" "require" (func $require (;2;) (type 2)))
    (import "podweave:plugin/inputs@0.1.0" "find" (func $find (;3;) (type 2)))
    (import "podweave:plugin/inputs@0.1.0" "require-bytes" (func $require-bytes (;4;) (type 2)))
    (import "podweave:plugin/inputs@0.1.0" "find-bytes" (func $find-bytes (;5;) (type 2)))
    (import "podweave:plugin/inputs@0.1.0" "params" (func $params (;6;) (type 0)))
    (import "podweave:plugin/inputs@0.1.0" "pod-name" (func $pod-name (;7;) (type 0)))
    (import "podweave:plugin/inputs@0.1.0" "pod-uid" (func $pod-uid (;8;) (type 0)))
    (import "podweave:plugin/inputs@0.1.0" "node-name" (func $node-name (;9;) (type 0)))
    (import "podweave:plugin/inputs@0.1.0" "pod-namespace" (func $pod-namespace (;10;) (type 0)))
    (import "podweave:plugin/inputs@0.1.0" "service-account" (func $service-account (;11;) (type 0)))
    (import "podweave:plugin/inputs@0.1.0" "container-name" (func $container-name (;12;) (type 0)))
    (import "podweave:plugin/inputs@0.1.0" "image" (func $image (;13;) (type 0)))
    (import "podweave:plugin/inputs@0.1.0" "label" (func $label (;14;) (type 1)))
    (import "podweave:plugin/inputs@0.1.0" "annotation" (func $annotation (;15;) (type 1)))
    (import "podweave:plugin/inputs@0.1.0" "node-label" (func $node-label (;16;) (type 1)))
    (import "podweave:plugin/inputs@0.1.0" "command" (func $command (;17;) (type 0)))
    (import "podweave:plugin/inputs@0.1.0" "args" (func $args (;18;) (type 0)))
    (import "podweave:plugin/inputs@0.1.0" "port" (func $port (;19;) (type 1)))
    (import "podweave:plugin/inputs@0.1.0" "resource-request" (func $resource-request (;20;) (type 1)))
    (import "podweave:plugin/inputs@0.1.0" "resource-limit" (func $resource-limit (;21;) (type 1)))
    (import "podweave:plugin/outputs@0.1.0" "env" (func $env (;22;) (type 3)))
    (import "podweave:plugin/outputs@0.1.0" "expand-env" (func $expand-env (;23;) (type 3)))
    (import "podweave:plugin/outputs@0.1.0" "append-arg" (func $append-arg (;24;) (type 4)))
    (import "podweave:plugin/outputs@0.1.0" "replace-args" (func $replace-args (;25;) (type 4)))
    (import "podweave:plugin/outputs@0.1.0" "file" (func $file (;26;) (type 3)))
    (import "podweave:plugin/outputs@0.1.0" "file-bytes" (func $file-bytes (;27;) (type 3)))
    (import "podweave:plugin/outputs@0.1.0" "file-mode" (func $file-mode (;28;) (type 1)))
    (import "podweave:plugin/log@0.1.0" "debug" (func $log-debug (;29;) (type 4)))
    (import "podweave:plugin/log@0.1.0" "info" (func $log-info (;30;) (type 4)))
    (import "podweave:plugin/log@0.1.0" "warn" (func $log-warn (;31;) (type 4)))
    (import "podweave:plugin/log@0.1.0" "error" (func $log-error (;32;) (type 4)))
    (memory (;0;) 1)
    (global $next (;0;) (mut i32) i32.const 4096)
    (export "memory" (memory 0))
    (export "cabi_realloc" (func 33))
    (export "podweave:plugin/renderer@0.1.0#render" (func 38))
    (func (;33;) (type 5) (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
      (local $at i32)
      global.get $next
      i32.const 7
      i32.add
      i32.const -8
      i32.and
      local.set $at
      local.get $at
      local.get $size
      i32.add
      global.set $next
      local.get $at
    )
    (func $set-text (;34;) (type 4) (param $name i32) (param $length i32)
      local.get $name
      local.get $length
      i32.const 16
      i32.load
      i32.const 20
      i32.load
      call $env
    )
    (func $set-option (;35;) (type 4) (param $name i32) (param $length i32)
      i32.const 16
      i32.load8_u
      if ;; label = @1
        local.get $name
        local.get $length
        i32.const 20
        i32.load
        i32.const 24
        i32.load
        call $env
      else
        local.get $name
        local.get $length
        i32.const 387
        i32.const 6
        call $env
      end
    )
    (func $shift-list (;36;) (type 6)
      i32.const 16
      i32.const 20
      i32.load
      i32.store
      i32.const 20
      i32.const 24
      i32.load
      i32.store
    )
    (func $set-last (;37;) (type 4) (param $name i32) (param $length i32)
      (local $element i32)
      i32.const 16
      i32.load
      i32.const 8
      i32.const 20
      i32.load
      i32.const 1
      i32.sub
      i32.mul
      i32.add
      local.set $element
      local.get $name
      local.get $length
      local.get $element
      i32.load
      local.get $element
      i32.load offset=4
      call $env
    )
    (func (;38;) (type 7) (result i32)
      i32.const 64
      i32.const 16
      call $log-debug
      i32.const 80
      i32.const 15
      call $log-info
      i32.const 95
      i32.const 15
      call $log-warn
      i32.const 110
      i32.const 16
      call $log-error
      i32.const 16
      call $pod-namespace
      i32.const 126
      i32.const 13
      call $set-text
      i32.const 16
      call $service-account
      i32.const 139
      i32.const 15
      call $set-text
      i32.const 16
      call $container-name
      i32.const 154
      i32.const 14
      call $set-text
      i32.const 16
      call $image
      i32.const 168
      i32.const 5
      call $set-text
      i32.const 16
      call $pod-name
      i32.const 173
      i32.const 8
      call $set-option
      i32.const 16
      call $pod-uid
      i32.const 181
      i32.const 7
      call $set-option
      i32.const 16
      call $node-name
      i32.const 188
      i32.const 9
      call $set-option
      i32.const 197
      i32.const 3
      i32.const 16
      call $label
      i32.const 200
      i32.const 5
      call $set-option
      i32.const 205
      i32.const 4
      i32.const 16
      call $annotation
      i32.const 209
      i32.const 10
      call $set-option
      i32.const 219
      i32.const 4
      i32.const 16
      call $node-label
      i32.const 223
      i32.const 10
      call $set-option
      i32.const 233
      i32.const 6
      i32.const 16
      call $resource-request
      i32.const 239
      i32.const 7
      call $set-option
      i32.const 233
      i32.const 6
      i32.const 16
      call $resource-limit
      i32.const 246
      i32.const 5
      call $set-option
      i32.const 16
      call $config-maps
      i32.const 251
      i32.const 11
      call $set-last
      i32.const 262
      i32.const 8
      i32.const 16
      call $keys
      i32.const 270
      i32.const 4
      call $set-last
      i32.const 16
      call $command
      call $shift-list
      i32.const 274
      i32.const 7
      call $set-last
      i32.const 262
      i32.const 8
      i32.const 281
      i32.const 4
      i32.const 16
      call $require
      i32.const 285
      i32.const 8
      call $set-text
      i32.const 262
      i32.const 8
      i32.const 281
      i32.const 4
      i32.const 16
      call $find
      i32.const 293
      i32.const 5
      call $set-option
      i32.const 262
      i32.const 8
      i32.const 298
      i32.const 7
      i32.const 16
      call $find
      i32.const 305
      i32.const 6
      call $set-option
      i32.const 311
      i32.const 3
      i32.const 314
      i32.const 27
      call $expand-env
      i32.const 16
      call $params
      i32.const 341
      i32.const 11
      i32.const 16
      i32.load
      i32.const 20
      i32.load
      call $file
      i32.const 262
      i32.const 8
      i32.const 352
      i32.const 4
      i32.const 16
      call $require-bytes
      i32.const 356
      i32.const 12
      i32.const 16
      i32.load
      i32.const 20
      i32.load
      call $file-bytes
      i32.const 262
      i32.const 8
      i32.const 352
      i32.const 4
      i32.const 16
      call $find-bytes
      i32.const 368
      i32.const 9
      i32.const 20
      i32.load
      i32.const 24
      i32.load
      call $file-bytes
      i32.const 377
      i32.const 4
      i32.const 16
      call $port
      i32.const 368
      i32.const 9
      i32.const 18
      i32.load16_u
      call $file-mode
      i32.const 262
      i32.const 8
      i32.const 381
      i32.const 6
      i32.const 16
      call $find
      i32.const 16
      i32.load8_u
      if ;; label = @1
        i32.const 20
        i32.load
        i32.const 24
        i32.load
        call $append-arg
      else
        i32.const 16
        call $args
        i32.const 20
        i32.load
        i32.const 24
        i32.load
        call $replace-args
      end
      i32.const 0
    )
    (data (;0;) (i32.const 64) "a line for debug")
    (data (;1;) (i32.const 80) "a line for info")
    (data (;2;) (i32.const 95) "a line for warn")
    (data (;3;) (i32.const 110) "a line for error")
    (data (;4;) (i32.const 126) "POD_NAMESPACE")
    (data (;5;) (i32.const 139) "SERVICE_ACCOUNT")
    (data (;6;) (i32.const 154) "CONTAINER_NAME")
    (data (;7;) (i32.const 168) "IMAGE")
    (data (;8;) (i32.const 173) "POD_NAME")
    (data (;9;) (i32.const 181) "POD_UID")
    (data (;10;) (i32.const 188) "NODE_NAME")
    (data (;11;) (i32.const 197) "app")
    (data (;12;) (i32.const 200) "LABEL")
    (data (;13;) (i32.const 205) "note")
    (data (;14;) (i32.const 209) "ANNOTATION")
    (data (;15;) (i32.const 219) "zone")
    (data (;16;) (i32.const 223) "NODE_LABEL")
    (data (;17;) (i32.const 233) "memory")
    (data (;18;) (i32.const 239) "REQUEST")
    (data (;19;) (i32.const 246) "LIMIT")
    (data (;20;) (i32.const 251) "CONFIG_MAPS")
    (data (;21;) (i32.const 262) "settings")
    (data (;22;) (i32.const 270) "KEYS")
    (data (;23;) (i32.const 274) "COMMAND")
    (data (;24;) (i32.const 281) "host")
    (data (;25;) (i32.const 285) "REQUIRED")
    (data (;26;) (i32.const 293) "FOUND")
    (data (;27;) (i32.const 298) "nothing")
    (data (;28;) (i32.const 305) "MISSED")
    (data (;29;) (i32.const 311) "URL")
    (data (;30;) (i32.const 314) "https://$(USER)@example.com")
    (data (;31;) (i32.const 341) "params.json")
    (data (;32;) (i32.const 352) "blob")
    (data (;33;) (i32.const 356) "required.bin")
    (data (;34;) (i32.const 368) "found.bin")
    (data (;35;) (i32.const 377) "http")
    (data (;36;) (i32.const 381) "append")
    (data (;37;) (i32.const 387) "(none)")
    (@producers
      (processed-by "wit-component" "0.259.0")
    )
  )
  (core module $wit-component-shim-module (;1;)
    (type (;0;) (func (param i32)))
    (type (;1;) (func (param i32 i32 i32)))
    (type (;2;) (func (param i32 i32 i32 i32 i32)))
    (type (;3;) (func (param i32 i32 i32 i32)))
    (type (;4;) (func (param i32 i32)))
    (table (;0;) 33 33 funcref)
    (export "0" (func 0))
    (export "1" (func 1))
    (export "2" (func 2))
    (export "3" (func 3))
    (export "4" (func 4))
    (export "5" (func 5))
    (export "6" (func 6))
    (export "7" (func 7))
    (export "8" (func 8))
    (export "9" (func 9))
    (export "10" (func 10))
    (export "11" (func 11))
    (export "12" (func 12))
    (export "13" (func 13))
    (export "14" (func 14))
    (export "15" (func 15))
    (export "16" (func 16))
    (export "17" (func 17))
    (export "18" (func 18))
    (export "19" (func 19))
    (export "20" (func 20))
    (export "21" (func 21))
    (export "22" (func 22))
    (export "23" (func 23))
    (export "24" (func 24))
    (export "25" (func 25))
    (export "26" (func 26))
    (export "27" (func 27))
    (export "28" (func 28))
    (export "29" (func 29))
    (export "30" (func 30))
    (export "31" (func 31))
    (export "32" (func 32))
    (export "$imports" (table 0))
    (func (;0;) (type 0) (param i32)
      local.get 0
      i32.const 0
      call_indirect (type 0)
    )
    (func (;1;) (type 1) (param i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      i32.const 1
      call_indirect (type 1)
    )
    (func (;2;) (type 2) (param i32 i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      local.get 4
      i32.const 2
      call_indirect (type 2)
    )
    (func (;3;) (type 2) (param i32 i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      local.get 4
      i32.const 3
      call_indirect (type 2)
    )
    (func (;4;) (type 2) (param i32 i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      local.get 4
      i32.const 4
      call_indirect (type 2)
    )
    (func (;5;) (type 2) (param i32 i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      local.get 4
      i32.const 5
      call_indirect (type 2)
    )
    (func (;6;) (type 0) (param i32)
      local.get 0
      i32.const 6
      call_indirect (type 0)
    )
    (func (;7;) (type 0) (param i32)
      local.get 0
      i32.const 7
      call_indirect (type 0)
    )
    (func (;8;) (type 0) (param i32)
      local.get 0
      i32.const 8
      call_indirect (type 0)
    )
    (func (;9;) (type 0) (param i32)
      local.get 0
      i32.const 9
      call_indirect (type 0)
    )
    (func (;10;) (type 0) (param i32)
      local.get 0
      i32.const 10
      call_indirect (type 0)
    )
    (func (;11;) (type 0) (param i32)
      local.get 0
      i32.const 11
      call_indirect (type 0)
    )
    (func (;12;) (type 0) (param i32)
      local.get 0
      i32.const 12
      call_indirect (type 0)
    )
    (func (;13;) (type 0) (param i32)
      local.get 0
      i32.const 13
      call_indirect (type 0)
    )
    (func (;14;) (type 1) (param i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      i32.const 14
      call_indirect (type 1)
    )
    (func (;15;) (type 1) (param i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      i32.const 15
      call_indirect (type 1)
    )
    (func (;16;) (type 1) (param i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      i32.const 16
      call_indirect (type 1)
    )
    (func (;17;) (type 0) (param i32)
      local.get 0
      i32.const 17
      call_indirect (type 0)
    )
    (func (;18;) (type 0) (param i32)
      local.get 0
      i32.const 18
      call_indirect (type 0)
    )
    (func (;19;) (type 1) (param i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      i32.const 19
      call_indirect (type 1)
    )
    (func (;20;) (type 1) (param i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      i32.const 20
      call_indirect (type 1)
    )
    (func (;21;) (type 1) (param i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      i32.const 21
      call_indirect (type 1)
    )
    (func (;22;) (type 3) (param i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      i32.const 22
      call_indirect (type 3)
    )
    (func (;23;) (type 3) (param i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      i32.const 23
      call_indirect (type 3)
    )
    (func (;24;) (type 4) (param i32 i32)
      local.get 0
      local.get 1
      i32.const 24
      call_indirect (type 4)
    )
    (func (;25;) (type 4) (param i32 i32)
      local.get 0
      local.get 1
      i32.const 25
      call_indirect (type 4)
    )
    (func (;26;) (type 3) (param i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      i32.const 26
      call_indirect (type 3)
    )
    (func (;27;) (type 3) (param i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      i32.const 27
      call_indirect (type 3)
    )
    (func (;28;) (type 1) (param i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      i32.const 28
      call_indirect (type 1)
    )
    (func (;29;) (type 4) (param i32 i32)
      local.get 0
      local.get 1
      i32.const 29
      call_indirect (type 4)
    )
    (func (;30;) (type 4) (param i32 i32)
      local.get 0
      local.get 1
      i32.const 30
      call_indirect (type 4)
    )
    (func (;31;) (type 4) (param i32 i32)
      local.get 0
      local.get 1
      i32.const 31
      call_indirect (type 4)
    )
    (func (;32;) (type 4) (param i32 i32)
      local.get 0
      local.get 1
      i32.const 32
      call_indirect (type 4)
    )
    (@producers
      (processed-by "wit-component" "0.259.0")
    )
  )
  (core instance $wit-component-shim-instance (;0;) (instantiate $wit-component-shim-module))
  (type (;3;) (record (field "config-map" string) (field "key" string) (field "message" string)))
  (type (;4;) (record (field "path" string) (field "message" string)))
  (type (;5;) (variant (case "invalid-value" 3) (case "invalid-params" 4) (case "other" string)))
  (alias core export $wit-component-shim-instance "0" (core func $indirect-podweave:plugin/inputs@0.1.0-config-maps (;0;)))
  (alias core export $wit-component-shim-instance "1" (core func $indirect-podweave:plugin/inputs@0.1.0-keys (;1;)))
  (alias core export $wit-component-shim-instance "2" (core func $indirect-podweave:plugin/inputs@0.1.0-require (;2;)))
  (alias core export $wit-component-shim-instance "3" (core func $indirect-podweave:plugin/inputs@0.1.0-find (;3;)))
  (alias core export $wit-component-shim-instance "4" (core func $indirect-podweave:plugin/inputs@0.1.0-require-bytes (;4;)))
  (alias core export $wit-component-shim-instance "5" (core func $indirect-podweave:plugin/inputs@0.1.0-find-bytes (;5;)))
  (alias core export $wit-component-shim-instance "6" (core func $indirect-podweave:plugin/inputs@0.1.0-params (;6;)))
  (alias core export $wit-component-shim-instance "7" (core func $indirect-podweave:plugin/inputs@0.1.0-pod-name (;7;)))
  (alias core export $wit-component-shim-instance "8" (core func $indirect-podweave:plugin/inputs@0.1.0-pod-uid (;8;)))
  (alias core export $wit-component-shim-instance "9" (core func $indirect-podweave:plugin/inputs@0.1.0-node-name (;9;)))
  (alias core export $wit-component-shim-instance "10" (core func $indirect-podweave:plugin/inputs@0.1.0-pod-namespace (;10;)))
  (alias core export $wit-component-shim-instance "11" (core func $indirect-podweave:plugin/inputs@0.1.0-service-account (;11;)))
  (alias core export $wit-component-shim-instance "12" (core func $indirect-podweave:plugin/inputs@0.1.0-container-name (;12;)))
  (alias core export $wit-component-shim-instance "13" (core func $indirect-podweave:plugin/inputs@0.1.0-image (;13;)))
  (alias core export $wit-component-shim-instance "14" (core func $indirect-podweave:plugin/inputs@0.1.0-label (;14;)))
  (alias core export $wit-component-shim-instance "15" (core func $indirect-podweave:plugin/inputs@0.1.0-annotation (;15;)))
  (alias core export $wit-component-shim-instance "16" (core func $indirect-podweave:plugin/inputs@0.1.0-node-label (;16;)))
  (alias core export $wit-component-shim-instance "17" (core func $indirect-podweave:plugin/inputs@0.1.0-command (;17;)))
  (alias core export $wit-component-shim-instance "18" (core func $indirect-podweave:plugin/inputs@0.1.0-args (;18;)))
  (alias core export $wit-component-shim-instance "19" (core func $indirect-podweave:plugin/inputs@0.1.0-port (;19;)))
  (alias core export $wit-component-shim-instance "20" (core func $indirect-podweave:plugin/inputs@0.1.0-resource-request (;20;)))
  (alias core export $wit-component-shim-instance "21" (core func $indirect-podweave:plugin/inputs@0.1.0-resource-limit (;21;)))
  (core instance $podweave:plugin/inputs@0.1.0 (;1;)
    (export "config-maps" (func $indirect-podweave:plugin/inputs@0.1.0-config-maps))
    (export "keys" (func $indirect-podweave:plugin/inputs@0.1.0-keys))
    (export "require" (func $indirect-podweave:plugin/inputs@0.1.0-require))
    (export "find" (func $indirect-podweave:plugin/inputs@0.1.0-find))
    (export "require-bytes" (func $indirect-podweave:plugin/inputs@0.1.0-require-bytes))
    (export "find-bytes" (func $indirect-podweave:plugin/inputs@0.1.0-find-bytes))
    (export "params" (func $indirect-podweave:plugin/inputs@0.1.0-params))
    (export "pod-name" (func $indirect-podweave:plugin/inputs@0.1.0-pod-name))
    (export "pod-uid" (func $indirect-podweave:plugin/inputs@0.1.0-pod-uid))
    (export "node-name" (func $indirect-podweave:plugin/inputs@0.1.0-node-name))
    (export "pod-namespace" (func $indirect-podweave:plugin/inputs@0.1.0-pod-namespace))
    (export "service-account" (func $indirect-podweave:plugin/inputs@0.1.0-service-account))
    (export "container-name" (func $indirect-podweave:plugin/inputs@0.1.0-container-name))
    (export "image" (func $indirect-podweave:plugin/inputs@0.1.0-image))
    (export "label" (func $indirect-podweave:plugin/inputs@0.1.0-label))
    (export "annotation" (func $indirect-podweave:plugin/inputs@0.1.0-annotation))
    (export "node-label" (func $indirect-podweave:plugin/inputs@0.1.0-node-label))
    (export "command" (func $indirect-podweave:plugin/inputs@0.1.0-command))
    (export "args" (func $indirect-podweave:plugin/inputs@0.1.0-args))
    (export "port" (func $indirect-podweave:plugin/inputs@0.1.0-port))
    (export "resource-request" (func $indirect-podweave:plugin/inputs@0.1.0-resource-request))
    (export "resource-limit" (func $indirect-podweave:plugin/inputs@0.1.0-resource-limit))
  )
  (alias core export $wit-component-shim-instance "22" (core func $indirect-podweave:plugin/outputs@0.1.0-env (;22;)))
  (alias core export $wit-component-shim-instance "23" (core func $indirect-podweave:plugin/outputs@0.1.0-expand-env (;23;)))
  (alias core export $wit-component-shim-instance "24" (core func $indirect-podweave:plugin/outputs@0.1.0-append-arg (;24;)))
  (alias core export $wit-component-shim-instance "25" (core func $indirect-podweave:plugin/outputs@0.1.0-replace-args (;25;)))
  (alias core export $wit-component-shim-instance "26" (core func $indirect-podweave:plugin/outputs@0.1.0-file (;26;)))
  (alias core export $wit-component-shim-instance "27" (core func $indirect-podweave:plugin/outputs@0.1.0-file-bytes (;27;)))
  (alias core export $wit-component-shim-instance "28" (core func $indirect-podweave:plugin/outputs@0.1.0-file-mode (;28;)))
  (core instance $podweave:plugin/outputs@0.1.0 (;2;)
    (export "env" (func $indirect-podweave:plugin/outputs@0.1.0-env))
    (export "expand-env" (func $indirect-podweave:plugin/outputs@0.1.0-expand-env))
    (export "append-arg" (func $indirect-podweave:plugin/outputs@0.1.0-append-arg))
    (export "replace-args" (func $indirect-podweave:plugin/outputs@0.1.0-replace-args))
    (export "file" (func $indirect-podweave:plugin/outputs@0.1.0-file))
    (export "file-bytes" (func $indirect-podweave:plugin/outputs@0.1.0-file-bytes))
    (export "file-mode" (func $indirect-podweave:plugin/outputs@0.1.0-file-mode))
  )
  (alias core export $wit-component-shim-instance "29" (core func $indirect-podweave:plugin/log@0.1.0-debug (;29;)))
  (alias core export $wit-component-shim-instance "30" (core func $indirect-podweave:plugin/log@0.1.0-info (;30;)))
  (alias core export $wit-component-shim-instance "31" (core func $indirect-podweave:plugin/log@0.1.0-warn (;31;)))
  (alias core export $wit-component-shim-instance "32" (core func $indirect-podweave:plugin/log@0.1.0-error (;32;)))
  (core instance $podweave:plugin/log@0.1.0 (;3;)
    (export "debug" (func $indirect-podweave:plugin/log@0.1.0-debug))
    (export "info" (func $indirect-podweave:plugin/log@0.1.0-info))
    (export "warn" (func $indirect-podweave:plugin/log@0.1.0-warn))
    (export "error" (func $indirect-podweave:plugin/log@0.1.0-error))
  )
  (core instance $main (;4;) (instantiate $main
      (with "podweave:plugin/inputs@0.1.0" (instance $podweave:plugin/inputs@0.1.0))
      (with "podweave:plugin/outputs@0.1.0" (instance $podweave:plugin/outputs@0.1.0))
      (with "podweave:plugin/log@0.1.0" (instance $podweave:plugin/log@0.1.0))
    )
  )
  (alias core export $main "memory" (core memory $memory (;0;)))
  (core module $wit-component-fixup (;2;)
    (type (;0;) (func (param i32)))
    (type (;1;) (func (param i32 i32 i32)))
    (type (;2;) (func (param i32 i32 i32 i32 i32)))
    (type (;3;) (func (param i32 i32 i32 i32)))
    (type (;4;) (func (param i32 i32)))
    (import "actual" "0" (func (;0;) (type 0)))
    (import "actual" "1" (func (;1;) (type 1)))
    (import "actual" "2" (func (;2;) (type 2)))
    (import "actual" "3" (func (;3;) (type 2)))
    (import "actual" "4" (func (;4;) (type 2)))
    (import "actual" "5" (func (;5;) (type 2)))
    (import "actual" "6" (func (;6;) (type 0)))
    (import "actual" "7" (func (;7;) (type 0)))
    (import "actual" "8" (func (;8;) (type 0)))
    (import "actual" "9" (func (;9;) (type 0)))
    (import "actual" "10" (func (;10;) (type 0)))
    (import "actual" "11" (func (;11;) (type 0)))
    (import "actual" "12" (func (;12;) (type 0)))
    (import "actual" "13" (func (;13;) (type 0)))
    (import "actual" "14" (func (;14;) (type 1)))
    (import "actual" "15" (func (;15;) (type 1)))
    (import "actual" "16" (func (;16;) (type 1)))
    (import "actual" "17" (func (;17;) (type 0)))
    (import "actual" "18" (func (;18;) (type 0)))
    (import "actual" "19" (func (;19;) (type 1)))
    (import "actual" "20" (func (;20;) (type 1)))
    (import "actual" "21" (func (;21;) (type 1)))
    (import "actual" "22" (func (;22;) (type 3)))
    (import "actual" "23" (func (;23;) (type 3)))
    (import "actual" "24" (func (;24;) (type 4)))
    (import "actual" "25" (func (;25;) (type 4)))
    (import "actual" "26" (func (;26;) (type 3)))
    (import "actual" "27" (func (;27;) (type 3)))
    (import "actual" "28" (func (;28;) (type 1)))
    (import "actual" "29" (func (;29;) (type 4)))
    (import "actual" "30" (func (;30;) (type 4)))
    (import "actual" "31" (func (;31;) (type 4)))
    (import "actual" "32" (func (;32;) (type 4)))
    (import "shim" "$imports" (table (;0;) 33 33 funcref))
    (elem (;0;) (i32.const 0) func 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32)
    (@producers
      (processed-by "wit-component" "0.259.0")
    )
  )
  (alias export $podweave:plugin/inputs@0.1.0 "config-maps" (func $config-maps (;0;)))
  (alias core export $main "cabi_realloc" (core func $cabi_realloc (;33;)))
  (core func $"#core-func34 indirect-podweave:plugin/inputs@0.1.0-config-maps" (@name "indirect-podweave:plugin/inputs@0.1.0-config-maps") (;34;) (canon lower (func $config-maps) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "keys" (func $keys (;1;)))
  (core func $"#core-func35 indirect-podweave:plugin/inputs@0.1.0-keys" (@name "indirect-podweave:plugin/inputs@0.1.0-keys") (;35;) (canon lower (func $keys) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "require" (func $require (;2;)))
  (core func $"#core-func36 indirect-podweave:plugin/inputs@0.1.0-require" (@name "indirect-podweave:plugin/inputs@0.1.0-require") (;36;) (canon lower (func $require) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "find" (func $find (;3;)))
  (core func $"#core-func37 indirect-podweave:plugin/inputs@0.1.0-find" (@name "indirect-podweave:plugin/inputs@0.1.0-find") (;37;) (canon lower (func $find) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "require-bytes" (func $require-bytes (;4;)))
  (core func $"#core-func38 indirect-podweave:plugin/inputs@0.1.0-require-bytes" (@name "indirect-podweave:plugin/inputs@0.1.0-require-bytes") (;38;) (canon lower (func $require-bytes) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "find-bytes" (func $find-bytes (;5;)))
  (core func $"#core-func39 indirect-podweave:plugin/inputs@0.1.0-find-bytes" (@name "indirect-podweave:plugin/inputs@0.1.0-find-bytes") (;39;) (canon lower (func $find-bytes) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "params" (func $params (;6;)))
  (core func $"#core-func40 indirect-podweave:plugin/inputs@0.1.0-params" (@name "indirect-podweave:plugin/inputs@0.1.0-params") (;40;) (canon lower (func $params) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "pod-name" (func $pod-name (;7;)))
  (core func $"#core-func41 indirect-podweave:plugin/inputs@0.1.0-pod-name" (@name "indirect-podweave:plugin/inputs@0.1.0-pod-name") (;41;) (canon lower (func $pod-name) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "pod-uid" (func $pod-uid (;8;)))
  (core func $"#core-func42 indirect-podweave:plugin/inputs@0.1.0-pod-uid" (@name "indirect-podweave:plugin/inputs@0.1.0-pod-uid") (;42;) (canon lower (func $pod-uid) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "node-name" (func $node-name (;9;)))
  (core func $"#core-func43 indirect-podweave:plugin/inputs@0.1.0-node-name" (@name "indirect-podweave:plugin/inputs@0.1.0-node-name") (;43;) (canon lower (func $node-name) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "pod-namespace" (func $pod-namespace (;10;)))
  (core func $"#core-func44 indirect-podweave:plugin/inputs@0.1.0-pod-namespace" (@name "indirect-podweave:plugin/inputs@0.1.0-pod-namespace") (;44;) (canon lower (func $pod-namespace) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "service-account" (func $service-account (;11;)))
  (core func $"#core-func45 indirect-podweave:plugin/inputs@0.1.0-service-account" (@name "indirect-podweave:plugin/inputs@0.1.0-service-account") (;45;) (canon lower (func $service-account) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "container-name" (func $container-name (;12;)))
  (core func $"#core-func46 indirect-podweave:plugin/inputs@0.1.0-container-name" (@name "indirect-podweave:plugin/inputs@0.1.0-container-name") (;46;) (canon lower (func $container-name) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "image" (func $image (;13;)))
  (core func $"#core-func47 indirect-podweave:plugin/inputs@0.1.0-image" (@name "indirect-podweave:plugin/inputs@0.1.0-image") (;47;) (canon lower (func $image) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "label" (func $label (;14;)))
  (core func $"#core-func48 indirect-podweave:plugin/inputs@0.1.0-label" (@name "indirect-podweave:plugin/inputs@0.1.0-label") (;48;) (canon lower (func $label) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "annotation" (func $annotation (;15;)))
  (core func $"#core-func49 indirect-podweave:plugin/inputs@0.1.0-annotation" (@name "indirect-podweave:plugin/inputs@0.1.0-annotation") (;49;) (canon lower (func $annotation) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "node-label" (func $node-label (;16;)))
  (core func $"#core-func50 indirect-podweave:plugin/inputs@0.1.0-node-label" (@name "indirect-podweave:plugin/inputs@0.1.0-node-label") (;50;) (canon lower (func $node-label) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "command" (func $command (;17;)))
  (core func $"#core-func51 indirect-podweave:plugin/inputs@0.1.0-command" (@name "indirect-podweave:plugin/inputs@0.1.0-command") (;51;) (canon lower (func $command) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "args" (func $args (;18;)))
  (core func $"#core-func52 indirect-podweave:plugin/inputs@0.1.0-args" (@name "indirect-podweave:plugin/inputs@0.1.0-args") (;52;) (canon lower (func $args) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "port" (func $port (;19;)))
  (core func $"#core-func53 indirect-podweave:plugin/inputs@0.1.0-port" (@name "indirect-podweave:plugin/inputs@0.1.0-port") (;53;) (canon lower (func $port) (memory $memory) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "resource-request" (func $resource-request (;20;)))
  (core func $"#core-func54 indirect-podweave:plugin/inputs@0.1.0-resource-request" (@name "indirect-podweave:plugin/inputs@0.1.0-resource-request") (;54;) (canon lower (func $resource-request) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/inputs@0.1.0 "resource-limit" (func $resource-limit (;21;)))
  (core func $"#core-func55 indirect-podweave:plugin/inputs@0.1.0-resource-limit" (@name "indirect-podweave:plugin/inputs@0.1.0-resource-limit") (;55;) (canon lower (func $resource-limit) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/outputs@0.1.0 "env" (func $env (;22;)))
  (core func $"#core-func56 indirect-podweave:plugin/outputs@0.1.0-env" (@name "indirect-podweave:plugin/outputs@0.1.0-env") (;56;) (canon lower (func $env) (memory $memory) string-encoding=utf8))
  (alias export $podweave:plugin/outputs@0.1.0 "expand-env" (func $expand-env (;23;)))
  (core func $"#core-func57 indirect-podweave:plugin/outputs@0.1.0-expand-env" (@name "indirect-podweave:plugin/outputs@0.1.0-expand-env") (;57;) (canon lower (func $expand-env) (memory $memory) string-encoding=utf8))
  (alias export $podweave:plugin/outputs@0.1.0 "append-arg" (func $append-arg (;24;)))
  (core func $"#core-func58 indirect-podweave:plugin/outputs@0.1.0-append-arg" (@name "indirect-podweave:plugin/outputs@0.1.0-append-arg") (;58;) (canon lower (func $append-arg) (memory $memory) string-encoding=utf8))
  (alias export $podweave:plugin/outputs@0.1.0 "replace-args" (func $replace-args (;25;)))
  (core func $"#core-func59 indirect-podweave:plugin/outputs@0.1.0-replace-args" (@name "indirect-podweave:plugin/outputs@0.1.0-replace-args") (;59;) (canon lower (func $replace-args) (memory $memory) string-encoding=utf8))
  (alias export $podweave:plugin/outputs@0.1.0 "file" (func $file (;26;)))
  (core func $"#core-func60 indirect-podweave:plugin/outputs@0.1.0-file" (@name "indirect-podweave:plugin/outputs@0.1.0-file") (;60;) (canon lower (func $file) (memory $memory) string-encoding=utf8))
  (alias export $podweave:plugin/outputs@0.1.0 "file-bytes" (func $file-bytes (;27;)))
  (core func $"#core-func61 indirect-podweave:plugin/outputs@0.1.0-file-bytes" (@name "indirect-podweave:plugin/outputs@0.1.0-file-bytes") (;61;) (canon lower (func $file-bytes) (memory $memory) string-encoding=utf8))
  (alias export $podweave:plugin/outputs@0.1.0 "file-mode" (func $file-mode (;28;)))
  (core func $"#core-func62 indirect-podweave:plugin/outputs@0.1.0-file-mode" (@name "indirect-podweave:plugin/outputs@0.1.0-file-mode") (;62;) (canon lower (func $file-mode) (memory $memory) string-encoding=utf8))
  (alias export $podweave:plugin/log@0.1.0 "debug" (func $debug (;29;)))
  (core func $"#core-func63 indirect-podweave:plugin/log@0.1.0-debug" (@name "indirect-podweave:plugin/log@0.1.0-debug") (;63;) (canon lower (func $debug) (memory $memory) string-encoding=utf8))
  (alias export $podweave:plugin/log@0.1.0 "info" (func $info (;30;)))
  (core func $"#core-func64 indirect-podweave:plugin/log@0.1.0-info" (@name "indirect-podweave:plugin/log@0.1.0-info") (;64;) (canon lower (func $info) (memory $memory) string-encoding=utf8))
  (alias export $podweave:plugin/log@0.1.0 "warn" (func $warn (;31;)))
  (core func $"#core-func65 indirect-podweave:plugin/log@0.1.0-warn" (@name "indirect-podweave:plugin/log@0.1.0-warn") (;65;) (canon lower (func $warn) (memory $memory) string-encoding=utf8))
  (alias export $podweave:plugin/log@0.1.0 "error" (func $error (;32;)))
  (core func $"#core-func66 indirect-podweave:plugin/log@0.1.0-error" (@name "indirect-podweave:plugin/log@0.1.0-error") (;66;) (canon lower (func $error) (memory $memory) string-encoding=utf8))
  (core instance $actual (;5;)
    (export "0" (func $"#core-func34 indirect-podweave:plugin/inputs@0.1.0-config-maps"))
    (export "1" (func $"#core-func35 indirect-podweave:plugin/inputs@0.1.0-keys"))
    (export "2" (func $"#core-func36 indirect-podweave:plugin/inputs@0.1.0-require"))
    (export "3" (func $"#core-func37 indirect-podweave:plugin/inputs@0.1.0-find"))
    (export "4" (func $"#core-func38 indirect-podweave:plugin/inputs@0.1.0-require-bytes"))
    (export "5" (func $"#core-func39 indirect-podweave:plugin/inputs@0.1.0-find-bytes"))
    (export "6" (func $"#core-func40 indirect-podweave:plugin/inputs@0.1.0-params"))
    (export "7" (func $"#core-func41 indirect-podweave:plugin/inputs@0.1.0-pod-name"))
    (export "8" (func $"#core-func42 indirect-podweave:plugin/inputs@0.1.0-pod-uid"))
    (export "9" (func $"#core-func43 indirect-podweave:plugin/inputs@0.1.0-node-name"))
    (export "10" (func $"#core-func44 indirect-podweave:plugin/inputs@0.1.0-pod-namespace"))
    (export "11" (func $"#core-func45 indirect-podweave:plugin/inputs@0.1.0-service-account"))
    (export "12" (func $"#core-func46 indirect-podweave:plugin/inputs@0.1.0-container-name"))
    (export "13" (func $"#core-func47 indirect-podweave:plugin/inputs@0.1.0-image"))
    (export "14" (func $"#core-func48 indirect-podweave:plugin/inputs@0.1.0-label"))
    (export "15" (func $"#core-func49 indirect-podweave:plugin/inputs@0.1.0-annotation"))
    (export "16" (func $"#core-func50 indirect-podweave:plugin/inputs@0.1.0-node-label"))
    (export "17" (func $"#core-func51 indirect-podweave:plugin/inputs@0.1.0-command"))
    (export "18" (func $"#core-func52 indirect-podweave:plugin/inputs@0.1.0-args"))
    (export "19" (func $"#core-func53 indirect-podweave:plugin/inputs@0.1.0-port"))
    (export "20" (func $"#core-func54 indirect-podweave:plugin/inputs@0.1.0-resource-request"))
    (export "21" (func $"#core-func55 indirect-podweave:plugin/inputs@0.1.0-resource-limit"))
    (export "22" (func $"#core-func56 indirect-podweave:plugin/outputs@0.1.0-env"))
    (export "23" (func $"#core-func57 indirect-podweave:plugin/outputs@0.1.0-expand-env"))
    (export "24" (func $"#core-func58 indirect-podweave:plugin/outputs@0.1.0-append-arg"))
    (export "25" (func $"#core-func59 indirect-podweave:plugin/outputs@0.1.0-replace-args"))
    (export "26" (func $"#core-func60 indirect-podweave:plugin/outputs@0.1.0-file"))
    (export "27" (func $"#core-func61 indirect-podweave:plugin/outputs@0.1.0-file-bytes"))
    (export "28" (func $"#core-func62 indirect-podweave:plugin/outputs@0.1.0-file-mode"))
    (export "29" (func $"#core-func63 indirect-podweave:plugin/log@0.1.0-debug"))
    (export "30" (func $"#core-func64 indirect-podweave:plugin/log@0.1.0-info"))
    (export "31" (func $"#core-func65 indirect-podweave:plugin/log@0.1.0-warn"))
    (export "32" (func $"#core-func66 indirect-podweave:plugin/log@0.1.0-error"))
  )
  (core instance $fixup (;6;) (instantiate $wit-component-fixup
      (with "actual" (instance $actual))
      (with "shim" (instance $wit-component-shim-instance))
    )
  )
  (type (;6;) (result (error 5)))
  (type (;7;) (func (result 6)))
  (alias core export $main "podweave:plugin/renderer@0.1.0#render" (core func $podweave:plugin/renderer@0.1.0#render (;67;)))
  (func $render (;33;) (type 7) (canon lift (core func $podweave:plugin/renderer@0.1.0#render) (memory $memory) string-encoding=utf8))
  (component $podweave:plugin/renderer@0.1.0-shim-component (;0;)
    (type (;0;) (record (field "config-map" string) (field "key" string) (field "message" string)))
    (import "import-type-invalid-value" (type (;1;) (eq 0)))
    (type (;2;) (record (field "path" string) (field "message" string)))
    (import "import-type-invalid-params" (type (;3;) (eq 2)))
    (type (;4;) (variant (case "invalid-value" 1) (case "invalid-params" 3) (case "other" string)))
    (import "import-type-failure" (type (;5;) (eq 4)))
    (type (;6;) (result (error 5)))
    (type (;7;) (func (result 6)))
    (import "import-func-render" (func (;0;) (type 7)))
    (type (;8;) (record (field "config-map" string) (field "key" string) (field "message" string)))
    (export (;9;) "invalid-value" (type 8))
    (type (;10;) (record (field "path" string) (field "message" string)))
    (export (;11;) "invalid-params" (type 10))
    (type (;12;) (variant (case "invalid-value" 9) (case "invalid-params" 11) (case "other" string)))
    (export (;13;) "failure" (type 12))
    (type (;14;) (result (error 13)))
    (type (;15;) (func (result 14)))
    (export (;1;) "render" (func 0) (func (type 15)))
  )
  (instance $podweave:plugin/renderer@0.1.0-shim-instance (;3;) (instantiate $podweave:plugin/renderer@0.1.0-shim-component
      (with "import-func-render" (func $render))
      (with "import-type-invalid-value" (type 3))
      (with "import-type-invalid-params" (type 4))
      (with "import-type-failure" (type 5))
    )
  )
  (export $podweave:plugin/renderer@0.1.0 (;4;) "podweave:plugin/renderer@0.1.0" (instance $podweave:plugin/renderer@0.1.0-shim-instance))
  (@producers
    (processed-by "wit-component" "0.259.0")
  )
)
