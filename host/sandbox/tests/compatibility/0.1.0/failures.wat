;; A component of contract 0.1.0. It fails in each way, by the first byte of a key.
;; Made once by wasm-tools out of a module with names, and printed; it is never made anew, since what it proves is that it goes on running.
(component
  (type $ty-podweave:plugin/inputs@0.1.0 (;0;)
    (instance
      (type (;0;) (func (param "config-map" string) (param "key" string) (result string)))
      (export (;0;) "require" (func (type 0)))
    )
  )
  (import "podweave:plugin/inputs@0.1.0" (instance $podweave:plugin/inputs@0.1.0 (;0;) (type $ty-podweave:plugin/inputs@0.1.0)))
  (type $ty-podweave:plugin/outputs@0.1.0 (;1;)
    (instance
      (type (;0;) (func (param "name" string) (param "value" string)))
      (export (;0;) "env" (func (type 0)))
    )
  )
  (import "podweave:plugin/outputs@0.1.0" (instance $podweave:plugin/outputs@0.1.0 (;1;) (type $ty-podweave:plugin/outputs@0.1.0)))
  (core module $main (;0;)
    (type (;0;) (func (param i32 i32 i32 i32 i32)))
    (type (;1;) (func (param i32 i32 i32 i32)))
    (type (;2;) (func (param i32 i32 i32 i32) (result i32)))
    (type (;3;) (func (result i32)))
    (import "podweave:plugin/inputs@0.1.0" "require" (func $require (;0;) (type 0)))
    (import "podweave:plugin/outputs@0.1.0" "env" (func $env (;1;) (type 1)))
    (memory (;0;) 1)
    (global $next (;0;) (mut i32) i32.const 4096)
    (export "memory" (memory 0))
    (export "cabi_realloc" (func 2))
    (export "podweave:plugin/renderer@0.1.0#render" (func 3))
    (func (;2;) (type 2) (param $old i32) (param $old-size i32) (param $align i32) (param $size i32) (result i32)
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
    (func (;3;) (type 3) (result i32)
      (local $case i32)
      i32.const 1024
      i32.const 8
      i32.const 1032
      i32.const 4
      i32.const 16
      call $require
      i32.const 1036
      i32.const 9
      i32.const 1045
      i32.const 3
      call $env
      i32.const 16
      i32.load
      i32.load8_u
      local.set $case
      i32.const 32
      i32.const 1
      i32.store8
      local.get $case
      i32.const 118
      i32.eq
      if ;; label = @1
        i32.const 36
        i32.const 0
        i32.store8
        i32.const 40
        i32.const 1024
        i32.store
        i32.const 44
        i32.const 8
        i32.store
        i32.const 48
        i32.const 1032
        i32.store
        i32.const 52
        i32.const 4
        i32.store
        i32.const 56
        i32.const 1048
        i32.store
        i32.const 60
        i32.const 17
        i32.store
        i32.const 32
        return
      end
      local.get $case
      i32.const 112
      i32.eq
      if ;; label = @1
        i32.const 36
        i32.const 1
        i32.store8
        i32.const 40
        i32.const 1065
        i32.store
        i32.const 44
        i32.const 8
        i32.store
        i32.const 48
        i32.const 1073
        i32.store
        i32.const 52
        i32.const 16
        i32.store
        i32.const 32
        return
      end
      i32.const 36
      i32.const 2
      i32.store8
      i32.const 40
      i32.const 1089
      i32.store
      i32.const 44
      i32.const 17
      i32.store
      i32.const 32
    )
    (data (;0;) (i32.const 1024) "settings")
    (data (;1;) (i32.const 1032) "case")
    (data (;2;) (i32.const 1036) "DISCARDED")
    (data (;3;) (i32.const 1045) "yes")
    (data (;4;) (i32.const 1048) "is not acceptable")
    (data (;5;) (i32.const 1065) "env.PORT")
    (data (;6;) (i32.const 1073) "must be a number")
    (data (;7;) (i32.const 1089) "nothing to render")
    (@producers
      (processed-by "wit-component" "0.259.0")
    )
  )
  (core module $wit-component-shim-module (;1;)
    (type (;0;) (func (param i32 i32 i32 i32 i32)))
    (type (;1;) (func (param i32 i32 i32 i32)))
    (table (;0;) 2 2 funcref)
    (export "0" (func 0))
    (export "1" (func 1))
    (export "$imports" (table 0))
    (func (;0;) (type 0) (param i32 i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      local.get 4
      i32.const 0
      call_indirect (type 0)
    )
    (func (;1;) (type 1) (param i32 i32 i32 i32)
      local.get 0
      local.get 1
      local.get 2
      local.get 3
      i32.const 1
      call_indirect (type 1)
    )
    (@producers
      (processed-by "wit-component" "0.259.0")
    )
  )
  (core instance $wit-component-shim-instance (;0;) (instantiate $wit-component-shim-module))
  (type (;2;) (record (field "config-map" string) (field "key" string) (field "message" string)))
  (type (;3;) (record (field "path" string) (field "message" string)))
  (type (;4;) (variant (case "invalid-value" 2) (case "invalid-params" 3) (case "other" string)))
  (alias core export $wit-component-shim-instance "0" (core func $indirect-podweave:plugin/inputs@0.1.0-require (;0;)))
  (core instance $podweave:plugin/inputs@0.1.0 (;1;)
    (export "require" (func $indirect-podweave:plugin/inputs@0.1.0-require))
  )
  (alias core export $wit-component-shim-instance "1" (core func $indirect-podweave:plugin/outputs@0.1.0-env (;1;)))
  (core instance $podweave:plugin/outputs@0.1.0 (;2;)
    (export "env" (func $indirect-podweave:plugin/outputs@0.1.0-env))
  )
  (core instance $main (;3;) (instantiate $main
      (with "podweave:plugin/inputs@0.1.0" (instance $podweave:plugin/inputs@0.1.0))
      (with "podweave:plugin/outputs@0.1.0" (instance $podweave:plugin/outputs@0.1.0))
    )
  )
  (alias core export $main "memory" (core memory $memory (;0;)))
  (core module $wit-component-fixup (;2;)
    (type (;0;) (func (param i32 i32 i32 i32 i32)))
    (type (;1;) (func (param i32 i32 i32 i32)))
    (import "actual" "0" (func (;0;) (type 0)))
    (import "actual" "1" (func (;1;) (type 1)))
    (import "shim" "$imports" (table (;0;) 2 2 funcref))
    (elem (;0;) (i32.const 0) func 0 1)
    (@producers
      (processed-by "wit-component" "0.259.0")
    )
  )
  (alias export $podweave:plugin/inputs@0.1.0 "require" (func $require (;0;)))
  (alias core export $main "cabi_realloc" (core func $cabi_realloc (;2;)))
  (core func $"#core-func3 indirect-podweave:plugin/inputs@0.1.0-require" (@name "indirect-podweave:plugin/inputs@0.1.0-require") (;3;) (canon lower (func $require) (memory $memory) (realloc $cabi_realloc) string-encoding=utf8))
  (alias export $podweave:plugin/outputs@0.1.0 "env" (func $env (;1;)))
  (core func $"#core-func4 indirect-podweave:plugin/outputs@0.1.0-env" (@name "indirect-podweave:plugin/outputs@0.1.0-env") (;4;) (canon lower (func $env) (memory $memory) string-encoding=utf8))
  (core instance $actual (;4;)
    (export "0" (func $"#core-func3 indirect-podweave:plugin/inputs@0.1.0-require"))
    (export "1" (func $"#core-func4 indirect-podweave:plugin/outputs@0.1.0-env"))
  )
  (core instance $fixup (;5;) (instantiate $wit-component-fixup
      (with "actual" (instance $actual))
      (with "shim" (instance $wit-component-shim-instance))
    )
  )
  (type (;5;) (result (error 4)))
  (type (;6;) (func (result 5)))
  (alias core export $main "podweave:plugin/renderer@0.1.0#render" (core func $podweave:plugin/renderer@0.1.0#render (;5;)))
  (func $render (;2;) (type 6) (canon lift (core func $podweave:plugin/renderer@0.1.0#render) (memory $memory) string-encoding=utf8))
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
  (instance $podweave:plugin/renderer@0.1.0-shim-instance (;2;) (instantiate $podweave:plugin/renderer@0.1.0-shim-component
      (with "import-func-render" (func $render))
      (with "import-type-invalid-value" (type 2))
      (with "import-type-invalid-params" (type 3))
      (with "import-type-failure" (type 4))
    )
  )
  (export $podweave:plugin/renderer@0.1.0 (;3;) "podweave:plugin/renderer@0.1.0" (instance $podweave:plugin/renderer@0.1.0-shim-instance))
  (@producers
    (processed-by "wit-component" "0.259.0")
  )
)
