# bash completion for fettle. Written by tools/gen_docs.c from the program's tables: do not edit.

_fettle_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$cur"); }
_fettle_files() { compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur"); }
# A value of several, parted by commas.
_fettle_set() {
    local before=
    compopt -o nospace 2>/dev/null
    case $cur in *,*) before=${cur%,*}, ;; esac
    mapfile -t COMPREPLY < <(compgen -W "$1" -- "${cur##*,}")
    COMPREPLY=("${COMPREPLY[@]/#/$before}")
}

_fettle_commands='ui train eval predict tokenize inspect baseline create models runs compare note delete doctor export bench help'

# The flags of a command.
_fettle_flags() {
    case $1 in
    train) echo '--help --resume --fork --json --config --preset --learning_rate --num_train_epochs --per_device_train_batch_size --max_seq_length --truncation --warmup_ratio --lr_scheduler_type --freeze --class_weights --seed --output_dir --model --data --task --delimiter --quote --header --encoding --text_column --text_pair_column --label_column --validation --test --split --limit --edits --clean --doc_stride --max_answer_length --n_best_size --null_score_diff_threshold --mlm_probability --block_size --line_by_line --per_device_eval_batch_size --max_steps --optim --weight_decay --adam_beta1 --adam_beta2 --adam_epsilon --max_grad_norm --warmup_steps --gradient_accumulation_steps --label_smoothing_factor --dropout --train_sampling_strategy --logging_steps --eval_strategy --eval_steps --save_strategy --save_steps --save_total_limit --load_best_model_at_end --metric_for_best_model --early_stopping_patience --early_stopping_threshold --overwrite_output_dir --events --precision --threads' ;;
    eval) echo '--help --json --predictions --na_probs --config --max_seq_length --truncation --seed --output_dir --model --data --task --delimiter --quote --header --encoding --text_column --text_pair_column --label_column --limit --edits --clean --doc_stride --max_answer_length --n_best_size --null_score_diff_threshold --mlm_probability --block_size --line_by_line --per_device_eval_batch_size --overwrite_output_dir --threads' ;;
    predict) echo '--help --text --text_pair --question --context --prompt --max_new_tokens --temperature --top_k --top_p --repetition_penalty --stop --explain --input --output --json --config --max_seq_length --truncation --seed --model --task --delimiter --quote --header --encoding --text_column --text_pair_column --label_column --limit --clean --doc_stride --max_answer_length --n_best_size --null_score_diff_threshold --per_device_eval_batch_size --threads' ;;
    tokenize) echo '--help --model --format --input_format --no_special' ;;
    inspect) echo '--help --json --rows --config --seed --model --delimiter --quote --header --encoding --text_column --text_pair_column --label_column' ;;
    baseline) echo '--help --json --config --seed --data --delimiter --quote --header --encoding --text_column --text_pair_column --label_column --validation --test --split --limit --edits --clean' ;;
    create) echo '--help --config --text --vocab_size --output --seed' ;;
    models) echo '--help --json' ;;
    runs) echo '--help --json' ;;
    compare) echo '--help --json' ;;
    note) echo '--help' ;;
    delete) echo '--help --yes' ;;
    doctor) echo '--help --json' ;;
    export) echo '--help --model --format --output' ;;
    bench) echo '--help --rounds --megabytes --json --config --per_device_train_batch_size --max_seq_length --truncation --freeze --seed --model --data --task --doc_stride --max_answer_length --n_best_size --null_score_diff_threshold --block_size --per_device_eval_batch_size --optim --max_grad_norm --gradient_accumulation_steps --label_smoothing_factor --dropout --threads' ;;
    help) echo '--help' ;;
    ui) echo '--open --model --run --theme --no-color --no-unicode --no-mouse --script --dump --size --help' ;;
    esac
}

_fettle_switch() {
    case ' --json --explain --no_special --rows --yes --no_color --no_unicode --no_mouse --help ' in *" $1 "*) ;; *) return 1 ;; esac
}

# The values that may follow an option; 1 when it takes none or is not known.
_fettle_value() {
    case $1 in
    --truncation) _fettle_words 'head head_tail' ;;
    --lr_scheduler_type) _fettle_words 'linear cosine constant constant_with_warmup polynomial' ;;
    --task) _fettle_words 'classify qa mlm clm' ;;
    --header) _fettle_words 'auto true false' ;;
    --clean) _fettle_set 'none html whitespace urls lowercase stopwords dedup' ;;
    --line_by_line) _fettle_words 'true false' ;;
    --optim) _fettle_words 'adamw_torch adam sgd' ;;
    --train_sampling_strategy) _fettle_words 'random sequential group_by_length' ;;
    --eval_strategy) _fettle_words 'no steps epoch' ;;
    --save_strategy) _fettle_words 'no steps epoch best' ;;
    --load_best_model_at_end) _fettle_words 'true false' ;;
    --overwrite_output_dir) _fettle_words 'true false' ;;
    --precision) _fettle_words 'auto fp32 bf16' ;;
    --preset) _fettle_words 'bert roberta squad gpt2 small_data long_text quick' ;;
    --format) _fettle_words 'ids tokens json' ;;
    --input_format) _fettle_words 'lines jsonl' ;;
    --format) _fettle_words 'hf onnx gguf' ;;
    --theme) _fettle_words 'dark light plain contrast' ;;
    --learning_rate | --num_train_epochs | --per_device_train_batch_size | --max_seq_length | --warmup_ratio | --seed | --limit | --doc_stride | --max_answer_length | --n_best_size | --null_score_diff_threshold | --mlm_probability | --block_size | --per_device_eval_batch_size | --max_steps | --weight_decay | --adam_beta1 | --adam_beta2 | --adam_epsilon | --max_grad_norm | --warmup_steps | --gradient_accumulation_steps | --label_smoothing_factor | --logging_steps | --eval_steps | --save_steps | --save_total_limit | --early_stopping_patience | --early_stopping_threshold | --threads) ;;
    --*) _fettle_switch "$1" && return 1
        _fettle_files ;;
    *) return 1 ;;
    esac
}

_fettle() {
    local cur=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]} command=${COMP_WORDS[1]}
    COMPREPLY=()
    # readline takes --flag=value apart at its =
    if [ "$cur" = = ]; then
        cur=
    elif [ "$previous" = = ]; then
        previous=${COMP_WORDS[COMP_CWORD - 2]}
    fi
    if [ "$COMP_CWORD" = 1 ]; then
        _fettle_words "$_fettle_commands --version"
        return
    fi
    previous=${previous/#--/=}
    previous=${previous//-/_}
    _fettle_value "${previous/#=/--}" && return
    case $cur in
    -*) _fettle_words "$(_fettle_flags "$command")" ;;
    *) if [ "$command" = help ]; then _fettle_words "$_fettle_commands"; else _fettle_files; fi ;;
    esac
}
complete -F _fettle fettle
